/**
 * What the memories of a component have together keeps to `limits.memoryBytes`, however many there are.
 *
 * @module
 */
import { describe, expect, it } from 'vitest'
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

/** Grows both and answers what they have together. */
const both = (a: string, b: string): string => `(component ${a} ${b}
  (core module $sum
    (import "a" "run" (func $a (param i32) (result i32))) (import "b" "run" (func $b (param i32) (result i32)))
    (func (export "run") (param i32) (result i32) (i32.add (call $a (local.get 0)) (call $b (local.get 0)))))
  (core instance $sum (instantiate $sum (with "a" (instance $a)) (with "b" (instance $b))))
  (func (export "run") (param "n" u32) (result u32) (canon lift (core func $sum "run")))
  ${EXPORTS})`

// What the rewriter refuses to rewrite: a guest may not speak with its voice.
const FORGED = '(func (export "[mayfly]start"))'

const limits = { memoryBytes: LIMIT_PAGES * WASM_PAGE_BYTES }

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
      { limits },
    )
    for (const step of [1, 30, 1]) expect(await agent.call('run', [step])).toBe(LIMIT_PAGES)
  })

  it.for([
    ['a module that is not rewritten', growing('b', '', FORGED), /\[mayfly\]start/],
    ['two of them', growing('b', '', FORGED), /\[mayfly\]start/],
    ['a memory of 64 bits', growing('b', 'i64'), /64 bits/],
  ] as const)('bounds what cannot be counted: %s', async ([what, second, reason]) => {
    await using theatre = await stage()
    const first = growing('a', '', what === 'two of them' ? FORGED : '')
    const agent = await theatre.load(both(first, second), { limits })
    expect(agent.stats().unstampable.join()).toMatch(reason)
    for (const step of [1, 30]) {
      expect(await agent.call('run', [step])).toBeLessThanOrEqual(LIMIT_PAGES)
      expect(await agent.call('b', [step])).toBeGreaterThan(2)
    }
  })

  it('counts what a module declares that is not rewritten', async () => {
    await using theatre = await stage()
    const text = both(growing('a'), growing('b', '', `${FORGED}`).replace(' 2)', ' 19)'))
    await expect(theatre.load(text, { limits })).rejects.toThrow(
      `begins with ${21 * WASM_PAGE_BYTES} bytes of memory, ${limits.memoryBytes} allowed`,
    )
  })
})
