/**
 * The memories and tables of a component together stay within `limits.memoryBytes`.
 *
 * @module
 */
import { describe, expect, it } from 'vitest'
import { STACK_BYTES } from '../binary/index.ts'
import { stage } from './testing/stage.ts'

const WASM_PAGE_BYTES = 65_536
const LIMIT_PAGES = 20

/** A memory that grows by `run`'s argument until it cannot, and then by single pages. */
const growing = (name: string, index = '', extra = ''): string => `(core module $${name}
  (memory (export "memory") ${index} 2) ${extra}
  (func $grow (param i32) (result i32)
    ${index === 'i64' ? '(i32.wrap_i64 (memory.grow (i64.extend_i32_u (local.get 0))))' : '(memory.grow (local.get 0))'})
  (func (export "run") (param i32) (result i32)
    (block $full (loop $more (br_if $full (i32.eq (call $grow (local.get 0)) (i32.const -1))) (br $more)))
    (block $full (loop $more (br_if $full (i32.eq (call $grow (i32.const 1)) (i32.const -1))) (br $more)))
    ${index === 'i64' ? '(i32.wrap_i64 (memory.size))' : '(memory.size)'}))
  (core instance $${name} (instantiate $${name}))`

const EXPORTS = `
  (func (export "a") (param "n" u32) (result u32) (canon lift (core func $a "run")))
  (func (export "b") (param "n" u32) (result u32) (canon lift (core func $b "run")))`

/** Grows both and answers their size together. */
const both = (a: string, b: string): string => `(component ${a} ${b}
  (core module $sum
    (import "a" "run" (func $a (param i32) (result i32))) (import "b" "run" (func $b (param i32) (result i32)))
    (func (export "run") (param i32) (result i32) (i32.add (call $a (local.get 0)) (call $b (local.get 0)))))
  (core instance $sum (instantiate $sum (with "a" (instance $a)) (with "b" (instance $b))))
  (func (export "run") (param "n" u32) (result u32) (canon lift (core func $sum "run")))
  ${EXPORTS})`

/** As many elements of a table as take a page of memory, at 24 bytes each, but for a few bytes. */
const PAGE_ELEMENTS = 2730

/** Grows a table by `run`'s argument, then its memory of one page until it cannot: answers the pages of that. */
const tables = (type: string, size: number | string, extra = ''): string => `(component
  (core module $m (memory 1) (table $t ${size} ${type}) ${extra}
    (func (export "run") (param i32) (result i32)
      (drop (table.grow $t (ref.null ${type.slice(0, -3)}) (local.get 0)))
      (block $full (loop $more (br_if $full (i32.eq (memory.grow (i32.const 1)) (i32.const -1))) (br $more)))
      (memory.size)))
  (core instance $i (instantiate $m))
  (func (export "run") (param "n" u32) (result u32) (canon lift (core func $i "run"))))`

/** The memory for these programs beside this many stacks: they loop, and so may be suspended. */
function limitsBeside(stacks: number): { memoryBytes: number } {
  return { memoryBytes: LIMIT_PAGES * WASM_PAGE_BYTES + stacks * STACK_BYTES }
}

const limits = limitsBeside(1)

describe('limits.memoryBytes', () => {
  it.for(['auto', 'pages', 'copy', 'fresh'])(
    'bounds two memories together, reset %s',
    async (reset) => {
      await using theatre = await stage()
      const agent = await theatre.load(both(growing('a'), growing('b')), {
        limits: { ...limits, reset },
      })
      // Every call begins with all there is to grow by.
      for (const step of [1, 5, 100, 7, 1])
        expect(await agent.call('run', [step])).toBe(LIMIT_PAGES)
      for (const name of ['a', 'b', 'a']) expect(await agent.call(name, [3])).toBe(LIMIT_PAGES - 2)
      expect(agent.stats().unstampable).toEqual([])
    },
  )

  it('bounds components inside each other together', async () => {
    await using theatre = await stage()
    const inner = `(component $Inner ${growing('a')}
      (func (export "run") (param "n" u32) (result u32) (canon lift (core func $a "run"))))`
    const agent = await theatre.load(
      `(component ${inner} (instance $x (instantiate $Inner)) (instance $y (instantiate $Inner))
        (core func $x (canon lower (func $x "run"))) (core func $y (canon lower (func $y "run")))
        (core module $m (import "" "x" (func $x (param i32) (result i32)))
          (import "" "y" (func $y (param i32) (result i32)))
          (func (export "run") (param i32) (result i32) (i32.add (call $x (local.get 0)) (call $y (local.get 0)))))
        (core instance $m (instantiate $m (with "" (instance (export "x" (func $x)) (export "y" (func $y))))))
        (func (export "run") (param "n" u32) (result u32) (canon lift (core func $m "run"))))`,
      { limits: limitsBeside(3) },
    )
    for (const step of [1, 30, 1]) expect(await agent.call('run', [step])).toBe(LIMIT_PAGES)
  })

  it.for(['auto', 'fresh'])(
    'counts a memory of 64 bits with the others, reset %s',
    async (reset) => {
      await using theatre = await stage()
      const agent = await theatre.load(both(growing('a'), growing('b', 'i64')), {
        limits: { ...limits, reset },
      })
      expect(agent.stats().unstampable.join()).toMatch(/64 bits/)
      for (const step of [1, 30]) {
        expect(await agent.call('run', [step])).toBe(LIMIT_PAGES)
        expect(await agent.call('b', [step])).toBe(LIMIT_PAGES - 2)
      }
    },
  )

  it('counts tables with memories, what they begin with and what they grow by', async () => {
    await using theatre = await stage()
    const agent = await theatre.load(tables('funcref', 5 * PAGE_ELEMENTS), { limits })
    // Five pages of elements from the start: a table grows to twelve.
    for (const pages of [0, 4, 7, 0])
      expect(await agent.call('run', [pages * PAGE_ELEMENTS])).toBe(LIMIT_PAGES - 5 - pages)
    await expect(
      theatre.load(tables('externref', 20 * PAGE_ELEMENTS), { limits }),
    ).rejects.toMatchObject({ code: 'ERR_LIMIT_EXCEEDED', hint: /memoryBytes/ })
  })

  it.for(['auto', 'fresh'])(
    'counts a table that grew while it initialised, reset %s',
    async (reset) => {
      await using theatre = await stage()
      const grown = tables(
        'funcref',
        0,
        `(func $start (drop (table.grow $t (ref.null func) (i32.const ${5 * PAGE_ELEMENTS})))) (start $start)`,
      )
      const agent = await theatre.load(grown, { limits: { ...limits, reset } })
      for (const pages of [4, 0, 4])
        expect(await agent.call('run', [pages * PAGE_ELEMENTS])).toBe(LIMIT_PAGES - 5 - pages)
    },
  )

  it('lets a table fail to grow beyond its own maximum, and charges nothing for that', async () => {
    await using theatre = await stage()
    const agent = await theatre.load(tables('funcref', `0 10`), { limits })
    expect(await agent.call('run', [5 * PAGE_ELEMENTS])).toBe(LIMIT_PAGES)
  })

  it.for(['fuel', 'watchdog'])('holds where metering is %s', async (metering) => {
    await using theatre = await stage()
    // Without fuel it cannot be suspended where it computes.
    const agent = await theatre.load(both(growing('a'), growing('b')), {
      limits: { ...limitsBeside(metering === 'fuel' ? 1 : 0), metering },
    })
    expect(await agent.call('run', [3])).toBe(LIMIT_PAGES)
  })
})
