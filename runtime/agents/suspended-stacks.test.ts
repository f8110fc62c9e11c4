/**
 * The stacks of calls that can be suspended count in `limits.memoryBytes`, whether or not one ever is.
 *
 * @module
 */
import { parse } from '@bytecodealliance/jco'
import { describe, expect, it } from 'vitest'
import { STACK_BYTES, WASM_PAGE_BYTES } from '../binary/index.ts'
import { manifestFromObject } from '../manifest/index.ts'
import { stage } from './testing/stage.ts'

const STACK_PAGES = STACK_BYTES / WASM_PAGE_BYTES

const ENV = `(import "acme:host/env" (instance $e (export "now" (func (param "n" u32) (result u32)))))
  (core func $now (canon lower (func $e "now")))`

/** One core module with a memory of a page and the function `run`, which may call `$now`. */
const importing = (run: string): string => `(component ${ENV}
  (core module $m (import "" "now" (func $now (param i32) (result i32))) (memory 1) ${run})
  (core instance $i (instantiate $m (with "" (instance (export "now" (func $now))))))
  (func (export "run") (param "n" u32) (result u32) (canon lift (core func $i "run"))))`

/** Calls the host at a depth of `run`'s argument. */
const DEEP = importing(`(func $run (export "run") (param i32) (result i32)
  (if (result i32) (local.get 0)
    (then (i32.add (i32.const 1) (call $run (i32.sub (local.get 0) (i32.const 1)))))
    (else (call $now (i32.const 0)))))`)

const GROW = `(loop $more (br_if $more (i32.ne (memory.grow (i32.const 1)) (i32.const -1))))`

/** Calls the host, then grows its memory until it cannot and answers the pages. */
const GROWING = importing(`(func (export "run") (param i32) (result i32)
  (drop (call $now (local.get 0))) ${GROW} (memory.size))`)

/** Computes for so many rounds first. */
const COMPUTING = `(component (core module $m (memory 1)
  (func (export "run") (param i32) (result i32)
    (loop $more (br_if $more (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
    ${GROW} (memory.size)))
  (core instance $i (instantiate $m))
  (func (export "run") (param "n" u32) (result u32) (canon lift (core func $i "run"))))`

const SHORT = `(component (core module $m (memory 1)
  (func (export "run") (param i32) (result i32) (memory.grow (local.get 0))))
  (core instance $i (instantiate $m))
  (func (export "run") (param "n" u32) (result u32) (canon lift (core func $i "run"))))`

/** A component that has `run` and does `body`, beside one inside of it with the same loop, which it calls. */
const NESTED = `(component
  (component $Inner (core module $m
    (func (export "run") (param i32) (result i32) (loop $more (br_if $more (local.tee 0 (i32.shr_u (local.get 0) (i32.const 1))))) (i32.const 1)))
    (core instance $i (instantiate $m))
    (func (export "run") (param "n" u32) (result u32) (canon lift (core func $i "run"))))
  (instance $inner (instantiate $Inner))
  (core func $inner (canon lower (func $inner "run")))
  (core module $m (import "" "inner" (func $inner (param i32) (result i32))) (memory 1)
    (func (export "run") (param i32) (result i32) (drop (call $inner (local.get 0))) ${GROW} (memory.size)))
  (core instance $i (instantiate $m (with "" (instance (export "inner" (func $inner))))))
  (func (export "run") (param "n" u32) (result u32) (canon lift (core func $i "run"))))`

/**
 * Calls itself through a table, as often as `run` says, and then the host: each call within has a stack, of one
 * component instance. Answers to how many pages its memory can grow down there.
 */
const REENTRANT = `(component ${ENV}
  (core module $table (table (export "t") 1 funcref))
  (core instance $table (instantiate $table))
  (core module $m (import "" "t" (table 1 funcref)) (import "" "now" (func $now (param i32) (result i32)))
    (memory 1) (type $f (func (param i32) (result i32)))
    (func (export "run") (param i32) (result i32)
      (if (result i32) (local.get 0)
        (then (call_indirect (type $f) (i32.sub (local.get 0) (i32.const 1)) (i32.const 0)))
        (else (drop (call $now (i32.const 0))) ${GROW} (memory.size)))))
  (core instance $i (instantiate $m (with "" (instance (export "t" (table $table "t")) (export "now" (func $now))))))
  (func $run (param "n" u32) (result u32) (canon lift (core func $i "run")))
  (core func $again (canon lower (func $run)))
  (core module $fill (import "" "t" (table 1 funcref)) (import "" "again" (func $again (param i32) (result i32)))
    (elem (i32.const 0) func $again))
  (core instance (instantiate $fill (with "" (instance (export "t" (table $table "t")) (export "again" (func $again))))))
  (export "run" (func $run)))`

/** Starts as many tasks of another component as `run` says. Each waits, on its own stack. */
const TASKS = `(component ${ENV}
  (component $Callee
    (import "now" (func $now (param "n" u32) (result u32)))
    (core func $now (canon lower (func $now)))
    (core func $return (canon task.return (result u32)))
    (core module $m (import "" "now" (func $now (param i32) (result i32))) (import "" "return" (func $return (param i32)))
      (func (export "work") (param i32) (call $return (call $now (local.get 0)))))
    (core instance $i (instantiate $m (with "" (instance (export "now" (func $now)) (export "return" (func $return))))))
    (func (export "work") async (param "n" u32) (result u32) (canon lift (core func $i "work") async)))
  (instance $callee (instantiate $Callee (with "now" (func $e "now"))))
  (core module $libc (memory (export "memory") 1))
  (core instance $libc (instantiate $libc))
  (core func $work (canon lower (func $callee "work") async (memory (core memory $libc "memory"))))
  (core module $m (import "" "work" (func $work (param i32 i32) (result i32)))
    (func (export "run") (param i32) (result i32) (local $started i32)
      (loop $more
        (drop (call $work (i32.const 0) (i32.const 64)))
        (local.set $started (i32.add (local.get $started) (i32.const 1)))
        (br_if $more (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
      (local.get $started)))
  (core instance $i (instantiate $m (with "" (instance (export "work" (func $work))))))
  (func (export "run") (param "n" u32) (result u32) (canon lift (core func $i "run"))))`

const answering = (now: () => unknown): object => ({ 'acme:host/env': { now } })
const imports = answering(() => 1) as { 'acme:host/env': { now: () => unknown } }
const waiting = answering(() => Promise.resolve(1)) as typeof imports

/** A budget of so many pages beside so many stacks. */
const pages = (count: number, stacks = 1): { memoryBytes: number } => ({
  memoryBytes: count * WASM_PAGE_BYTES + stacks * STACK_BYTES,
})

describe('a component that may be suspended', () => {
  it.for([
    ['for what it imports', DEEP, 1],
    ['where it computes', COMPUTING, 1],
    ['with one that it calls', NESTED, 2],
  ] as const)('%s is loaded only with room for its stacks', async ([, component, stacks]) => {
    await using theatre = await stage()
    const { memoryBytes } = pages(1, stacks)
    await theatre.load(component, { limits: { memoryBytes }, imports })
    const agents = theatre.runtime.agents.length
    const less = memoryBytes - WASM_PAGE_BYTES
    await expect(
      theatre.load(component, { limits: { memoryBytes: less }, imports }),
    ).rejects.toMatchObject({
      code: 'ERR_LIMIT_EXCEEDED',
      message: `Cannot load agent "agent-3": it begins with ${memoryBytes} bytes of memory, ${stacks * STACK_BYTES} of them for ${stacks === 1 ? 'the stack' : '2 stacks'} of calls that can be suspended, ${less} allowed`,
      hint: 'Raise limits.memoryBytes in agent.json',
      facts: { limit: 'memory' },
    })
    expect(theatre.runtime.agents).toHaveLength(agents)
  })

  it('is charged for what those take that are suspended as deep as they can be', async () => {
    const held: ((value: number) => void)[] = []
    let waits = false
    await using theatre = await stage()
    const agent = await theatre.load(DEEP, {
      limits: { ...pages(1), concurrency: 2 * GUESTS },
      imports: answering(() =>
        waits ? new Promise((resolve) => held.push(resolve)) : 1,
      ) as typeof imports,
    })
    // Warm first: frames are smaller once its code is optimised.
    for (let call = 0; call < 100; call++) await agent.call('run', [8_192])
    let depth = 0
    for (let step = 32_768; step >= MARGIN; step /= 2)
      if (await agent.call('run', [depth + step]).catch(() => undefined)) depth += step
    depth -= MARGIN
    waits = true
    const before = process.memoryUsage.rss()
    const calls = Array.from({ length: GUESTS }, () => agent.call('run', [depth]))
    await expect.poll(() => held.length).toBe(GUESTS)
    const grown = process.memoryUsage.rss() - before
    expect(grown).toBeLessThan(GUESTS * pages(1).memoryBytes)
    // They do fill their stacks, or this would say nothing.
    expect(grown).toBeGreaterThan((GUESTS * STACK_BYTES) / 2)
    for (const resolve of held) resolve(1)
    expect(await Promise.all(calls)).toEqual(calls.map(() => depth + 1))
  })
})

describe('memory.grow', () => {
  it.for(['fair', 'adaptive'] as const)(
    'has the same room before and after a guest was suspended, turns %s',
    async (turns) => {
      await using theatre = await stage({ turns })
      const room = { limits: pages(7) }
      for (const [component, args, given] of [
        [GROWING, [1, 1], imports],
        [GROWING, [1, 1], waiting],
        // Where turns are adaptive, the second that computes for long is the first that can be suspended.
        [COMPUTING, [1, 20_000_000, 20_000_000, 1], imports],
        [NESTED, [1, 1], imports],
      ] as const) {
        const limits = component === NESTED ? pages(7, 2) : room.limits
        const agent = await theatre.load(component, { limits, imports: given })
        for (const n of args) expect(await agent.call('run', [n])).toBe(7)
        if (component === COMPUTING) expect(agent.stats().pauses).toBeGreaterThan(0)
      }
    },
  )

  it.for(['auto', 'fresh'])('has as much where an agent was prepared, reset %s', async (reset) => {
    await using theatre = await stage()
    await using other = await stage()
    const component = await parse(COMPUTING)
    const manifest = manifestFromObject({ name: 'prepared', limits: { ...pages(7), reset } })
    const prepared = await theatre.runtime.prepare({ component, manifest })
    const agent = await other.runtime.adopt({ prepared, manifest })
    for (const n of [1, 2]) expect(await agent.call('run', [n])).toBe(7)
  })

  it.for(['fair', 'adaptive'] as const)(
    'leaves no room for stacks of what cannot be suspended, turns %s',
    async (turns) => {
      await using theatre = await stage({ turns })
      const agent = await theatre.load(SHORT, { limits: pages(7, 0) })
      expect(await agent.call('run', [6])).toBe(1)
      expect(await agent.call('run', [7])).toBe(0xffff_ffff)
    },
  )

  it.for(['fair', 'adaptive'] as const)(
    'has a stack less room for each call of a component into itself, turns %s',
    async (turns) => {
      await using theatre = await stage({ turns })
      for (const given of [imports, waiting]) {
        const agent = await theatre.load(REENTRANT, { limits: pages(4, 4), imports: given })
        // Its table takes a few bytes of a page.
        for (const depth of [0, 1, 3, 0])
          expect(await agent.call('run', [depth])).toBe(3 + (3 - depth) * STACK_PAGES)
        await expect(agent.call('run', [4])).rejects.toMatchObject({ facts: { limit: 'memory' } })
        expect(await agent.call('run', [3])).toBe(3)
      }
    },
  )
})

describe('tasks of a component', () => {
  it('are started as long as there is room for their stacks', async () => {
    await using theatre = await stage()
    const agent = await theatre.load(TASKS, { limits: pages(1, 10), imports: waiting })
    // One stack is that of the caller.
    for (const tasks of [1, 9, 9]) expect(await agent.call('run', [tasks])).toBe(tasks)
    await expect(agent.call('run', [10])).rejects.toMatchObject({
      code: 'ERR_LIMIT_EXCEEDED',
      facts: { limit: 'memory' },
      hint: /memoryBytes/,
    })
    expect(await agent.call('run', [9])).toBe(9)
  })

  it('give back their stacks when they end', async () => {
    await using theatre = await stage()
    const agent = await theatre.load(TASKS, { limits: pages(1, 2), imports })
    expect(await agent.call('run', [100])).toBe(100)
  })
})

const GUESTS = 100
// Calls less deep than the deepest: a few ten kilobytes of a stack.
const MARGIN = 512
