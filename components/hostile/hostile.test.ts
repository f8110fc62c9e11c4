/**
 * Every hostile component is contained: its call ends as expected and is on record, its next request and its
 * neighbour's find a clean state, and the neighbour is as fast as before.
 *
 * Attacks on start-up, from within JavaScript and on the streams of a response are in the files beside this.
 *
 * @module
 */
import { describe, expect, it } from 'vitest'
import { STACK_BYTES } from '../../runtime/binary/index.ts'
import { stage, type LoadOptions } from '../../runtime/agents/testing/stage.ts'
import { hostile } from '../../runtime/agents/testing/hostile.ts'

interface Attack extends LoadOptions {
  /** The folder with the component. */
  readonly of: string
  /** The attack, where a component has several. */
  readonly does?: string
  /** @default [1] */
  readonly args?: readonly unknown[]
  /** The outcome, or the value of a call that does no harm. */
  readonly ends: Readonly<Record<string, unknown>>
  /** The text of the error for the operator. */
  readonly says?: RegExp
}

const deadline = { state: 'limited', limit: 'deadline' }
const fuel = { state: 'limited', limit: 'fuel' }
const trapped = { state: 'trapped' }
const MIB = 1_048_576
const quick = { deadlineMs: 25 }
const numbers = [new BigUint64Array(4)]
class File {
  read(): number {
    return 1
  }
}
const files = { 'acme:host/files': { File } }
const env = (now: () => unknown): LoadOptions['imports'] => ({ 'acme:host/env': { now } })
const take = { 'acme:host/env': { take() {} } }
const refuse = (): never => {
  throw new Error('refused')
}
// A promise that is never settled, and a function that would show that the guest still runs.
const waiting: LoadOptions['imports'] = {
  'acme:host/env': { wait: () => new Promise(() => {}), note: refuse },
}

const ATTACKS: readonly Attack[] = [
  { of: 'endless-loop', limits: quick, ends: deadline, says: /not done after 25 ms/ },
  {
    of: 'endless-loop',
    does: 'fuel',
    limits: { fuel: 100_000 },
    ends: fuel,
    says: /fuel is spent/,
  },
  { of: 'endless-recursion', ends: trapped, says: /call stack/ },
  { of: 'recursion-in-catch-all', ends: trapped, says: /call stack/ },
  { of: 'recursion-into-host', imports: env(() => 1), ends: trapped },
  { of: 'swallow-exceptions', limits: quick, ends: deadline },
  { of: 'swallow-exceptions', does: 'fuel', limits: { fuel: 100_000 }, ends: fuel },
  { of: 'swallow-exceptions-legacy', limits: quick, ends: deadline },
  { of: 'swallow-exceptions-legacy', does: 'fuel', limits: { fuel: 100_000 }, ends: fuel },
  { of: 'swallow-refusals', imports: env(refuse), ends: trapped, says: /refused/ },
  { of: 'memory-bomb', limits: { memoryBytes: STACK_BYTES + 2 * MIB }, ends: { value: 32 } },
  { of: 'table-bomb', ends: { value: 32_001 } },
  { of: 'grow-each-request', args: [50], ends: { value: 1 } },
  {
    of: 'realloc-bomb',
    args: [Array(50).fill('x')],
    limits: { memoryBytes: 8 * MIB },
    ends: trapped,
  },
  { of: 'realloc-unaligned', args: numbers, ends: trapped, says: /not aligned to 8/ },
  { of: 'realloc-beyond', args: numbers, ends: trapped, says: /do not fit the memory/ },
  { of: 'realloc-negative', args: numbers, ends: trapped, says: /do not fit the memory/ },
  { of: 'realloc-overlapping', args: [['a', 'b']], ends: { value: 98 } },
  { of: 'realloc-endless', args: ['x'], ends: fuel, says: /cannot let others have their turn/ },
  { of: 'post-return-endless', ends: fuel, says: /cannot let others have their turn/ },
  { of: 'forged-handle', args: [7], imports: files, ends: trapped, says: /handle 7/ },
  { of: 'forged-handle', does: '0', args: [0], imports: files, ends: trapped, says: /handle 0/ },
  { of: 'forged-handle', does: '-1', args: [2 ** 32 - 1], imports: files, ends: trapped },
  { of: 'dropped-handle', args: [0], imports: files, ends: trapped, says: /handle 1/ },
  { of: 'dropped-handle', does: 'use', args: [1], imports: files, ends: trapped, says: /handle 1/ },
  { of: 'handle-hoard', imports: files, ends: trapped, says: /table is full/ },
  { of: 'broken-text', ends: trapped, says: /utf-8/ },
  { of: 'lying-length', args: [2 ** 32 - 1], ends: trapped, says: /too many/ },
  { of: 'lying-length', does: 'by one', args: [8191], ends: trapped, says: /do not fit/ },
  { of: 'list-of-nothing', args: [4000], ends: trapped, says: /exceed/ },
  { of: 'many-flags', ends: trapped, says: /exceed/ },
  { of: 'yield-for-ever', limits: quick, ends: deadline },
  { of: 'wait-in-catch-all', limits: quick, imports: waiting, ends: deadline },
  { of: 'wait-in-catch-all-legacy', limits: quick, imports: waiting, ends: deadline },
  { of: 'wait-for-ever', limits: quick, ends: trapped, says: /nothing in the waitable set/ },
  { of: 'tasks-for-ever', args: [5], limits: quick, ends: deadline },
  { of: 'tasks-for-ever', args: [5000], ends: trapped, says: /1000 tasks wait already/ },
  { of: 'log-flood', ends: { value: 1_000_000 } },
  { of: 'call-storm', limits: quick, imports: env(() => 1), ends: deadline },
  {
    of: 'call-storm',
    does: 'fuel',
    limits: { fuel: 5_000_000 },
    imports: env(() => 1),
    ends: fuel,
  },
  { of: 'text-storm', limits: quick, imports: take, ends: deadline },
  { of: 'text-storm', does: 'fuel', limits: { fuel: 100_000_000 }, imports: take, ends: fuel },
  { of: 'component-ping-pong', limits: quick, ends: deadline },
  { of: 'component-ping-pong', does: 'fuel', limits: { fuel: 5_000_000 }, ends: fuel },
  { of: 'call-host', limits: quick, imports: env(() => new Promise(() => {})), ends: deadline },
]

// A guest that stops by itself or in time is over soon after; a machine under load is given time.
const SOON_MS = 10_000

describe.for(['pages', 'copy', 'fresh'])('a hostile agent, reset by %s', (reset) => {
  it.for(ATTACKS)('$of $does', async ({ of, args = [1], ends, says, limits, imports }) => {
    await using theatre = await stage()
    const agent = await theatre.load(hostile(of), {
      limits: { ...limits, reset },
      ...(imports && { imports }),
    })
    const attack = async (): Promise<void> => {
      const started = performance.now()
      await agent.call('run', args).then(
        (value) => expect({ value }).toEqual(ends),
        (error: unknown) => expect(String(error)).toMatch(says ?? /./),
      )
      expect(performance.now() - started).toBeLessThan(SOON_MS)
    }
    await attack()
    const [record] = theatre.recordsOf(agent)
    expect(record?.outcome).toMatchObject('value' in ends ? { state: 'completed' } : ends)
    // The next request finds the same state as the first, and so ends the same way.
    await attack()
    expect(theatre.recordsOf(agent)[1]?.outcome.state).toBe(record?.outcome.state)
    expect(agent.stats()).toMatchObject({ invocations: 2, active: 0 })
    if (reset === 'pages') expect(await theatre.calmAfter(attack)).toBe(true)
  })
})

it('a flood of lines is bounded, and the drop is on record', async () => {
  await using theatre = await stage()
  const agent = await theatre.load(hostile('log-flood'))
  await agent.call('run', [1])
  const lines = theatre.lines.filter((line) => line.agent === agent.name)
  expect(lines.length).toBeLessThan(2000)
  expect(lines.at(-1)).toMatchObject({ level: 'warn', message: /dropped/ })
  expect(theatre.recordsOf(agent)[0]?.events).toMatchObject([
    { capability: 'log', outcome: 'limited', hint: /capabilities\.log\.maxBytes/ },
  ])
})

it('a response larger than allowed is not passed on', async () => {
  await using theatre = await stage()
  const limits = { memoryBytes: 64 * MIB }
  const agent = await theatre.load(hostile('huge-response'), { limits })
  const response = await agent.fetch(new Request('http://agent/'))
  expect(response.status).toBe(500)
  expect(await response.json()).toEqual({
    error: 'agent failed',
    requestId: response.headers.get('x-request-id'),
  })
  expect(theatre.recordsOf(agent)[0]?.outcome).toMatchObject({
    state: 'limited',
    limit: 'response-body',
    error: { hint: /limits\.responseBodyBytes/ },
  })
})

describe('an agent that is not even loaded', () => {
  it.for([
    ['start-loop', /Cannot initialise agent "agent-2": not done after 25 ms/],
    ['start-loop-late', /Cannot initialise agent "agent-2": not done after 25 ms/],
    ['memory-declared', /begins with 3932160000 bytes of memory, 67108864 allowed/],
    ['memories-declared', /begins with 900 memories, 64 allowed/],
    ['tables-declared', /begins with 72000000 bytes of memory, 67108864 allowed/],
  ] as const)('%s', async ([name, says]) => {
    await using theatre = await stage()
    const loading = theatre.load(hostile(name), { limits: quick })
    await expect(loading).rejects.toMatchObject({ code: 'ERR_LIMIT_EXCEEDED' })
    await expect(loading).rejects.toThrow(says)
    expect(theatre.runtime.agents).toHaveLength(1)
  })
})

describe('an agent that calls itself', () => {
  it('is stopped when slots run out, and leaves none behind', async () => {
    await using theatre = await stage({ pool: { maxMemories: 40, maxWaiting: 8 } })
    let depth = 0
    const agent = await theatre.load(hostile('call-host'), {
      limits: { deadlineMs: 100 },
      imports: env(() => {
        // Links that give up make room for further ones, so the host function has to end such a chain.
        return ++depth > 60 ? 1 : agent.call('run', [1])
      }),
    })
    await expect(agent.call('run', [1])).rejects.toMatchObject({ code: expect.any(String) })
    // Each link of the chain holds a slot of two memories. Further ones come only while there is time.
    expect(depth).toBeGreaterThanOrEqual(20)
    await expect.poll(() => agent.stats().active).toBe(0)
    const states = theatre.recordsOf(agent).map(({ outcome }) => outcome.state)
    expect(states.filter((state) => state === 'limited').length).toBeGreaterThan(10)
    expect(await theatre.calmAfter(async () => {})).toBe(true)
  })
})

describe('kill()', () => {
  it('reaches a guest that runs and catches everything, at its next slice', async () => {
    await using theatre = await stage()
    const agent = await theatre.load(hostile('call-host'), {
      imports: env(() => {
        agent.kill('by hand')
        return 0
      }),
    })
    const started = performance.now()
    await expect(agent.call('run', [1])).rejects.toMatchObject({ code: 'ERR_GUEST_KILLED' })
    expect(performance.now() - started).toBeLessThan(SOON_MS)
    expect(theatre.recordsOf(agent)[0]?.outcome).toMatchObject({
      state: 'killed',
      error: { message: /by hand/ },
    })
  })

  it('reaches guests that wait at once, and none of them wakes up', async () => {
    await using theatre = await stage()
    const { promise, resolve } = Promise.withResolvers<number>()
    const agent = await theatre.load(hostile('call-host'), { imports: env(() => promise) })
    const calls = Array.from({ length: 20 }, () => agent.call('run', [1]))
    const settled = Promise.allSettled(calls)
    await Promise.resolve()
    expect(agent.kill()).toBe(20)
    expect((await settled).every(({ status }) => status === 'rejected')).toBe(true)
    // Woken up, a guest would compute for ever.
    resolve(0)
    await new Promise((done) => setTimeout(done, 10))
    expect(agent.stats()).toMatchObject({ active: 0, failures: 20 })
  })
})
