/**
 * What operators do to an agent holds for its guests that wait without a slot: grants, versions, ends, tenants.
 *
 * @module
 */
import { describe, expect, it } from 'vitest'
import { replaceGrants, type Agent } from './index.ts'
import { ask, expectNoneLeft, scriptStage, untilAllAway } from './testing/script-stage.ts'

const AT_ONCE = { waiting: { keepMs: 0 }, pool: { maxMemories: 4 } }
/** In all: a memory and its marks. */
const ONE_SLOT = { waiting: { keepMs: Infinity }, pool: { maxMemories: 2 } }

/** Guests that go on when the host opens, and then write to their store. */
function gated(agent: Agent, count: number, version = 0): Promise<(string | undefined)[]> {
  return Promise.all(
    Array.from({ length: count }, (_, n) => ask(agent, 'gated', { n }, { version })),
  )
}

/** Those that are not right. */
function faults(answers: readonly (string | undefined)[]): string[] {
  return answers.filter((answer) => answer !== undefined)
}

describe('an agent whose guests wait without a slot', () => {
  it.for([
    ['loses a grant', (agent: Agent) => agent.attenuate({ revoke: ['kv.notes'] })],
    [
      'may only read',
      (agent: Agent) => agent.attenuate({ narrow: { 'kv.notes': { access: 'read' } } }),
    ],
    [
      'gets other grants',
      (agent: Agent) => {
        const { http = [], log, clock, random } = agent.manifest.capabilities
        replaceGrants(agent, { http, log, clock, random }, agent.digest)
        return Promise.resolve()
      },
    ],
  ] as const)('%s, and they with it', async ([, change]) => {
    await using on = await scriptStage(AT_ONCE)
    const { agent, host } = on
    const calls = gated(agent, 6)
    await untilAllAway(agent, 6)
    await change(agent)
    host.open()
    expect(faults(await calls)).toHaveLength(6)
    expect([...host.written]).toEqual([])
    expect(await ask(agent, 'fetch', { n: 2 })).toBeUndefined()
    await expectNoneLeft(on)
  })

  it('is disabled, and they end in their own time', async () => {
    await using on = await scriptStage(AT_ONCE)
    const { agent, host } = on
    const calls = gated(agent, 6)
    await untilAllAway(agent, 6)
    agent.disable()
    expect(await ask(agent, 'timer', { n: 1 })).toMatch(/^timer 1: 503/)
    host.open()
    expect(faults(await calls)).toEqual([])
    agent.disable(false)
    expect(await ask(agent, 'timer', { n: 1 })).toBeUndefined()
    await expectNoneLeft(on)
  })

  it.for(['end in their own time', 'are killed'])('is unloaded, and they %s', async (end) => {
    await using on = await scriptStage(AT_ONCE)
    const { agent, host, runtime } = on
    const calls = gated(agent, 6)
    await untilAllAway(agent, 6)
    const unloaded = agent.unload()
    if (end === 'are killed') expect(agent.kill()).toBe(6)
    else host.open()
    expect(faults(await calls)).toHaveLength(end === 'are killed' ? 6 : 0)
    await unloaded
    expect(runtime.stats()).toMatchObject({ agents: 0, waiting: { guests: 0, bytes: 0 } })
    expect(host.fetches).toBe(0)
  })

  it('is deployed again, and they end as the version that they began with', async () => {
    await using on = await scriptStage(AT_ONCE)
    const { agent, host } = on
    const calls = gated(agent, 6)
    await untilAllAway(agent, 6)
    const next = await on.load({ version: 1 })
    const unloaded = agent.unload()
    const later = gated(next, 6, 1)
    await untilAllAway(next, 12)
    host.open()
    expect(faults(await calls)).toEqual([])
    expect(faults(await later)).toEqual([])
    await unloaded
    await expectNoneLeft(on)
  })

  it('shares the bound of its tenant with others, and none waits for itself', async () => {
    const tenants = (): { name: string; concurrency: number } => ({ name: 'team', concurrency: 3 })
    await using on = await scriptStage({ ...AT_ONCE, tenants })
    const { agent, host } = on
    const other = await on.load({ name: 'other' })
    const calls = [...Array(6).keys()].flatMap((n) =>
      [agent, other].map((each) => ask(each, 'gated', { n })),
    )
    await expect.poll(() => on.runtime.stats().waiting.guests).toBe(3)
    expect(on.runtime.stats()).toMatchObject({ running: 3, queued: 9 })
    const timer = setInterval(() => host.open(), 2)
    expect(faults(await Promise.all(calls))).toEqual([])
    clearInterval(timer)
    const deep = [1, 2, 3].map((n) => ask(agent, 'deep', { n, depth: 3 }))
    expect(faults(await Promise.all(deep))).toEqual([])
    await expectNoneLeft(on)
  })
})

describe('agents that call agents', () => {
  // A callee begins while its caller is still on the stack: one slot of each depth may be above the bound.
  it.for([1, 2, 3])('need one slot of each depth for all of them, %s deep', async (depth) => {
    await using on = await scriptStage(ONE_SLOT)
    // Through another agent and back.
    const outer = await on.load({ name: 'outer', deep: 'waiting' })
    const calls = Array.from({ length: 12 }, (_, n) => ask(outer, 'deep', { n, depth }))
    expect(faults(await Promise.all(calls))).toEqual([])
    expect(on.runtime.stats().slots.alive).toBeLessThanOrEqual(1 + depth)
    await expectNoneLeft(on)
  })

  it.for([
    ['killed', (caller: Agent) => caller.kill()],
    ['left by their clients', (_: Agent, client: AbortController) => client.abort()],
  ] as const)('take their callees with them when they are %s', async ([, end]) => {
    await using on = await scriptStage(AT_ONCE)
    const outer = await on.load({ name: 'outer', deep: 'waiting' })
    const client = new AbortController()
    const calls = Promise.all([1, 2, 3].map((n) => ask(outer, 'never-deep', { n }, client)))
    await untilAllAway(on.agent, 3)
    await untilAllAway(outer, 3)
    end(outer, client)
    expect(faults(await calls)).toHaveLength(3)
    await expectNoneLeft(on)
  })

  it('learn that their callee was killed, and one deployed again serves them', async () => {
    await using on = await scriptStage(AT_ONCE)
    const outer = await on.load({ name: 'outer', deep: 'waiting' })
    const calls = Promise.all([1, 2, 3].map((n) => ask(outer, 'never-deep', { n })))
    await untilAllAway(on.agent, 3)
    await untilAllAway(outer, 3)
    await on.load({ version: 0 })
    const unloaded = on.agent.unload()
    expect(on.agent.kill()).toBe(3)
    expect(faults(await calls)).toHaveLength(3)
    await unloaded
    expect(await ask(outer, 'deep', { n: 3 })).toBeUndefined()
    await expectNoneLeft(on)
  })
})
