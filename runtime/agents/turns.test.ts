/**
 * Guests that compute take turns: others are answered meanwhile, each is where it was, and none has more than its
 * share.
 *
 * @module
 */
import { describe, expect, test } from 'vitest'
import { LOOPING, MIXING, RUNNING_ON, SUMMING, sumOf } from './testing/looping.ts'
import { stage, type Stage } from './testing/stage.ts'
import { nextLoopTurn } from '../host-module/index.ts'
import type { Agent, CallOptions } from './index.ts'

const ANSWERS = `(component
  (core module $m (func (export "run") (param i32) (result i32) (i32.add (local.get 0) (i32.const 1))))
  (core instance $i (instantiate $m))
  (func (export "run") (param "n" u32) (result u32) (canon lift (core func $i "run"))))`
/** Loops for ever unless its argument is 0. */
const COMPUTING_OR_NOT = `(component
  (core module $m (func (export "run") (param i32) (result i32)
    (loop $again (br_if $again (local.get 0)))
    (i32.const 7)))
  (core instance $i (instantiate $m))
  (func (export "run") (param "n" u32) (result u32) (canon lift (core func $i "run"))))`
const NEVER = { deadlineMs: 600_000 }

/** A call that is under way. */
class Running {
  ended: string | undefined
  readonly end: Promise<string>

  constructor(agent: Agent, args: readonly unknown[] = [1], options: CallOptions = {}) {
    this.end = agent.call('run', args, options).then(
      (value) => (this.ended = `returned ${String(value)}`),
      (error: { code: string; message: string }) => (this.ended = `${error.code} ${error.message}`),
    )
  }
}

const laps = (): Promise<void> => new Promise((resolve) => nextLoopTurn(resolve))

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await laps()
}

const imports = {
  'acme:host/env': { now: () => 1, name: () => 'text' },
}
const waiting = { 'acme:host/env': { now: () => Promise.resolve(1) } }

describe('a guest that computes', () => {
  test.each(Object.keys(LOOPING))('in %s lets others be answered', async (way) => {
    await using scene: Stage = await stage()
    const looping = await scene.load(LOOPING[way] ?? '', {
      limits: NEVER,
      imports: way.includes('wait') ? waiting : imports,
    })
    const other = await scene.load(ANSWERS)
    const loops = [new Running(looping), new Running(looping)]
    for (let asked = 0; asked < 20; asked++) {
      expect(await other.call('run', [asked])).toBe(asked + 1)
      await laps()
    }
    expect(loops.map(({ ended }) => ended)).toEqual([undefined, undefined])
    looping.kill()
    for (const { end } of loops) expect(await end).toMatch(/^ERR_GUEST_KILLED/)
    expect(scene.runtime.turns).toMatchObject({ guests: 0, paused: 0 })
  })

  test.each(Object.keys(RUNNING_ON))('in %s is soon stopped', async (way) => {
    await using scene: Stage = await stage()
    const { text = '', args = [] } = RUNNING_ON[way] ?? {}
    const agent = await scene.load(text, { limits: NEVER, imports })
    expect(await new Running(agent, args).end).toMatch(/cannot let others have their turn/)
    expect(scene.recordsOf(agent)[0]?.outcome).toMatchObject({ state: 'limited', limit: 'fuel' })
  })

  test('where it cannot be suspended has its agent rest, and no other', async () => {
    await using scene: Stage = await stage()
    const { text = '', args = [] } = RUNNING_ON['realloc'] ?? {}
    const agent = await scene.load(text, { limits: NEVER, imports })
    const other = await scene.load(ANSWERS)
    await new Running(agent, args).end
    const started = performance.now()
    const second = new Running(agent, args)
    expect(await other.call('run', [1])).toBe(2)
    expect(second.ended).toBeUndefined()
    expect(await second.end).toMatch(/cannot let others have their turn/)
    expect(performance.now() - started).toBeGreaterThan(90)
    const third = new Running(agent, args)
    agent.kill()
    expect(await third.end).toMatch(/^ERR_GUEST_KILLED/)
  })

  test('while every request initialises it is refused, and one that initialises once is not', async () => {
    await using scene: Stage = await stage()
    const text = `(component
      (core module $m
        (global $n (mut i32) (i32.const 0))
        (func $start (loop $l (global.set $n (i32.add (global.get $n) (i32.const 1)))
          (br_if $l (i32.lt_u (global.get $n) (i32.const 200000000)))))
        (start $start)
        (func (export "run") (param i32) (result i32) (global.get $n)))
      (core instance $i (instantiate $m))
      (func (export "run") (param "n" u32) (result u32) (canon lift (core func $i "run"))))`
    const once = await scene.load(text, { limits: NEVER })
    expect(await once.call('run', [1])).toBe(200_000_000)
    const often = scene.load(text, { limits: { ...NEVER, reset: 'fresh' } })
    await expect(often).rejects.toThrow(/it takes more than 100000000 units of fuel/)
  })

  test('goes on where it was, while others of its agent run in slots of their own', async () => {
    await using scene: Stage = await stage()
    const agent = await scene.load(MIXING, { limits: NEVER })
    const alone: unknown[] = []
    for (let n = 1; n <= 4; n++) alone.push(await agent.call('run', [n]))
    const turns = agent.stats().pauses
    const together = [1, 2, 3, 4, 1, 2, 3, 4].map((n) => agent.call('run', [n]))
    expect(await Promise.all(together)).toEqual([...alone, ...alone])
    expect(agent.stats().pauses).toBeGreaterThan(turns)
    expect(new Set(alone).size).toBe(4)
  })

  test.each(Object.keys(SUMMING))(
    'in a component that another %s goes on where it was',
    async (how) => {
      await using scene: Stage = await stage()
      const agent = await scene.load(SUMMING[how] ?? '', { limits: NEVER })
      const sums = await Promise.all([1, 2, 3].map((n) => agent.call('run', [n])))
      expect(sums).toEqual([1, 2, 3].map(sumOf))
      expect(agent.stats().pauses).toBeGreaterThan(0)
      expect(scene.runtime.turns).toMatchObject({ guests: 0, paused: 0 })
    },
  )

  test('is stopped by its deadline, its client and the operator while it waits for its turn', async () => {
    await using scene: Stage = await stage()
    const looping = LOOPING['a loop'] ?? ''
    const late = await scene.load(looping, { limits: { deadlineMs: 40 } })
    const left = await scene.load(looping, { limits: NEVER })
    const killed = await scene.load(looping, { limits: NEVER })
    const client = new AbortController()
    const calls = [late, killed, left].map(
      (agent) => new Running(agent, [1], agent === left ? { signal: client.signal } : {}),
    )
    await until(() => scene.runtime.turns.guests === 3)
    client.abort()
    killed.kill()
    const [deadline, operator, gone] = await Promise.all(calls.map(({ end }) => end))
    expect(deadline).toMatch(/not done after 40 ms/)
    expect(operator).toMatch(/killed by the operator/)
    expect(gone).toMatch(/the client went away/)
    expect(scene.runtime.turns).toMatchObject({ guests: 0, paused: 0 })
  })
})

describe('turns', () => {
  test('are dealt by agent: ten guests of one have what one of another has', async () => {
    await using scene: Stage = await stage()
    const text = LOOPING['a loop'] ?? ''
    const many = await scene.load(text, { limits: NEVER })
    const one = await scene.load(text, { limits: NEVER })
    const calls = Array.from({ length: 10 }, () => new Running(many))
    await until(() => scene.runtime.turns.guests === 10)
    calls.push(new Running(one))
    await until(() => scene.runtime.turns.guests === 11)
    const { turns } = scene.runtime.turns
    await until(() => scene.runtime.turns.turns > turns + 60)
    one.kill()
    many.kill()
    await Promise.all(calls.map(({ end }) => end))
    const alone = one.stats().pauses
    expect(alone).toBeGreaterThan(25)
    // The ten were alone before, and each has had its first turn.
    expect(Math.abs(many.stats().pauses - turns - alone)).toBeLessThan(25)
  })

  test('do not keep guests waiting for ever that need none', async () => {
    await using scene: Stage = await stage({ line: { maxGuests: 2 } })
    const agent = await scene.load(COMPUTING_OR_NOT, { limits: NEVER })
    const client = new AbortController()
    const long = [1, 1].map((n) => new Running(agent, [n], { signal: client.signal }))
    await until(() => scene.runtime.turns.guests === 2)
    const short = Array.from({ length: 20 }, () => new Running(agent, [0]))
    await until(() => scene.runtime.turns.waiting === 20)
    client.abort()
    await Promise.all(long.map(({ end }) => end))
    const ends = await Promise.all(short.map(({ end }) => end))
    expect(new Set(ends)).toEqual(new Set(['returned 7']))
  })

  test('are for so many guests: the next of an agent waits for one of its own, others begin', async () => {
    await using scene: Stage = await stage({ line: { maxGuests: 4, maxWaiting: 3 } })
    const text = LOOPING['a loop'] ?? ''
    const crowd = await scene.load(text, { limits: NEVER })
    const other = await scene.load(text, { limits: NEVER })
    const quick = await scene.load(ANSWERS)
    const client = new AbortController()
    const calls = [new Running(crowd, [1], { signal: client.signal })]
    for (let count = 1; count < 4; count++) calls.push(new Running(crowd))
    await until(() => scene.runtime.turns.guests === 4)
    for (let count = 0; count < 3; count++) calls.push(new Running(crowd))
    expect(await new Running(crowd).end).toMatch(/^ERR_POOL_EXHAUSTED/)
    await until(() => scene.runtime.turns.waiting === 3)
    // Other agents are not affected: neither one that answers at once nor one that computes as well.
    expect(await quick.call('run', [1])).toBe(2)
    calls.push(new Running(other))
    await until(() => scene.runtime.turns.guests === 5)
    expect(scene.runtime.turns).toMatchObject({ guests: 5, waiting: 3 })
    // One ends; with the other's there are still four, so its place stays empty until that ends too.
    client.abort()
    await calls[0]?.end
    expect(scene.runtime.turns).toMatchObject({ guests: 4, waiting: 3 })
    other.kill()
    await until(() => scene.runtime.turns.guests === 4 && scene.runtime.turns.waiting === 2)
    crowd.kill()
    const [left, ...stopped] = await Promise.all(calls.map(({ end }) => end))
    expect(left).toMatch(/^ERR_CLIENT_GONE/)
    for (const end of stopped) expect(end).toMatch(/^ERR_GUEST_KILLED/)
    expect(scene.runtime.turns).toMatchObject({ guests: 0, paused: 0, waiting: 0 })
  })

  test('are taken by adaptive agents from the first call on that outran its slice', async () => {
    await using scene: Stage = await stage({ turns: 'adaptive' })
    const agent = await scene.load(MIXING, { limits: NEVER })
    const first = await agent.call('run', [1])
    expect(agent.stats().pauses).toBe(0)
    expect(await agent.call('run', [1])).toBe(first)
    expect(agent.stats().pauses).toBeGreaterThan(0)
  })
})
