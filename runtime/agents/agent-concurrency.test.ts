/** How many invocations of an agent run at once, and that chains of agents never wait for themselves. */
import { beforeAll, describe, expect, it } from 'vitest'
import { actorComponent, actors, type Stage } from './testing/actor.ts'
import { hostile } from './testing/hostile.ts'
import { stage } from './testing/stage.ts'
import type { Agent } from './index.ts'

beforeAll(async () => void (await actorComponent()), 60_000)

/** A machine under load is given time. */
const PATIENCE = { timeout: 30_000 }
const UNHURRIED = { deadlineMs: 60_000 }
const ONE = { concurrency: 1, ...UNHURRIED }

function agentOf(stage: Stage, name: string): Agent {
  const agent = stage.runtime.agents.find((each) => each.name === name)
  if (agent === undefined) throw new Error(`no agent "${name}"`)
  return agent
}

function ask(agent: Agent, step: unknown[], signal?: AbortSignal, id?: string): Promise<Response> {
  const init = { method: 'POST', body: JSON.stringify(step) }
  return agent.fetch(new Request('http://any/', init), {
    ...(signal === undefined ? {} : { signal }),
    ...(id === undefined ? {} : { id }),
  })
}

/** An agent whose calls end when the test says so. */
async function waiting(limits: object) {
  const theatre = await stage()
  const answers: ((value: number) => void)[] = []
  const now = () => new Promise<number>((resolve) => answers.push(resolve))
  const agent = await theatre.load(hostile('call-host'), {
    limits: { ...limits },
    imports: { 'acme:host/env': { now } },
  })
  const call = (signal?: AbortSignal): Promise<unknown> => {
    const calling = agent.call('run', [1], signal === undefined ? {} : { signal })
    // A test that needs the outcome awaits the promise again.
    calling.catch(() => {})
    return calling
  }
  return {
    agent,
    theatre,
    call,
    /** Ends the call that has run longest, once it runs. */
    async end(value: number): Promise<void> {
      await expect.poll(() => answers.length, PATIENCE).toBeGreaterThan(0)
      answers.shift()?.(value)
    },
    /** Leaves the calls so far without an answer. */
    forget: () => void answers.splice(0),
    [Symbol.asyncDispose]: () => theatre[Symbol.asyncDispose](),
  }
}

describe('limits.concurrency', () => {
  it('lets so many run; others wait for them, are answered in turn, and are counted', async () => {
    await using acting = await waiting({ concurrency: 2 })
    const { agent, theatre, call, end } = acting
    const calls = [1, 2, 3, 4, 5].map(() => call())
    expect(agent.stats()).toMatchObject({ running: 2, queued: 3, active: 5, slots: 2 })
    expect(theatre.runtime.stats()).toMatchObject({ running: 2, queued: 3, active: 5 })
    for (const value of [2, 3, 4, 5, 6]) await end(value)
    expect(await Promise.all(calls)).toEqual([2, 3, 4, 5, 6])
    expect(agent.stats()).toMatchObject({ running: 0, queued: 0, refused: 0, failures: 0 })
  })

  it('has a bound for those that wait: one more is refused, by whose fault, and others are served', async () => {
    await using acting = await waiting(ONE)
    const { agent, theatre, call } = acting
    const calls = Array.from({ length: 257 }, () => call())
    expect(agent.stats()).toMatchObject({ running: 1, queued: 256, refused: 0 })
    await expect(call()).rejects.toMatchObject({
      code: 'ERR_LIMIT_EXCEEDED',
      message: 'Cannot call agent "agent-2": 1 invocations of it run and 256 wait',
      hint: expect.stringContaining('limits.concurrency in the agent.json of "agent-2"'),
    })
    expect(theatre.recordsOf(agent)[0]?.outcome).toMatchObject({
      state: 'limited',
      limit: 'concurrency',
    })
    expect(agent.stats().refused).toBe(1)
    expect(await theatre.calmAfter(async () => {})).toBe(true)
    expect(agent.kill()).toBe(257)
    await Promise.allSettled(calls)
    expect(agent.stats()).toMatchObject({ running: 0, queued: 0, active: 0 })
  })

  it('is answered with 503 and when to come back', async () => {
    await using theatre = await actors({ caller: { limits: ONE } })
    const caller = agentOf(theatre, 'caller')
    const call = () => caller.call('mayfly:agent/handler#handle', [WAIT])
    const settled = Promise.allSettled(Array.from({ length: 257 }, call))
    const refused = await ask(caller, ['echo', 1])
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '1'])
    caller.kill()
    await settled
    expect((await ask(caller, ['echo', 1])).status).toBe(200)
  })

  it('ends one that waits with its client and at its deadline, and forgets it', async () => {
    await using acting = await waiting({ ...ONE, deadlineMs: 300 })
    const { agent, call, end, forget } = acting
    const abort = new AbortController()
    const running = call()
    const late = call()
    const gone = call(abort.signal)
    expect(agent.stats()).toMatchObject({ running: 1, queued: 2 })
    abort.abort()
    await expect(gone).rejects.toMatchObject({ code: 'ERR_CLIENT_GONE' })
    expect(agent.stats()).toMatchObject({ running: 1, queued: 1 })
    for (const each of [running, late])
      await expect(each).rejects.toMatchObject({ facts: { limit: 'deadline' } })
    expect(agent.stats()).toMatchObject({ running: 0, queued: 0 })
    forget()
    const next = call()
    await end(5)
    expect(await next).toBe(5)
  })

  it('begins nothing that waits once the agent is disabled, and all of it when it is unloaded', async () => {
    for (const isUnloaded of [false, true]) {
      await using acting = await waiting(ONE)
      const { agent, call, end } = acting
      const [running, queued] = [call(), call()]
      if (isUnloaded) void agent.unload()
      else agent.disable()
      await end(5)
      expect(await running).toBe(5)
      if (isUnloaded) await end(6)
      if (isUnloaded) expect(await queued).toBe(6)
      else await expect(queued).rejects.toMatchObject({ code: 'ERR_RUNTIME_CLOSED' })
      expect(agent.stats()).toMatchObject({ running: 0, queued: 0, active: 0 })
    }
  })
})

describe('a chain of agents', () => {
  const each = (tool: object) => ({ capabilities: { tools: tool }, limits: ONE })

  it('that comes back to one of them does not wait for its own place', async () => {
    await using stage = await actors({ caller: each({ tool: {} }), tool: each({ caller: {} }) })
    const step = ['call', 'tool', ['call', 'caller', ['call', 'tool', ['echo', 7]]]]
    expect(await stage.run(...step)).toBe(7)
  })

  it('does not wait for one that waits for it', async () => {
    await using stage = await actors({ caller: each({ tool: {} }), tool: each({ caller: {} }) })
    const [a, b] = [agentOf(stage, 'caller'), agentOf(stage, 'tool')]
    // Both are under way before either calls the other.
    const answers = [
      ask(a, ['each', ['wait', 30], ['call', 'tool', ['echo', 1]]]),
      ask(b, ['each', ['wait', 30], ['call', 'caller', ['echo', 2]]]),
    ]
    const bodies = await Promise.all(answers.map(async (answer) => (await answer).json()))
    expect(bodies).toEqual([
      [null, 1],
      [null, 2],
    ])
  })

  it('waits for other calls of a tool that is at its bound, each in turn', async () => {
    const caller = { capabilities: { tools: { tool: {} } }, limits: UNHURRIED }
    await using stage = await actors({ caller, second: caller, tool: { limits: ONE } })
    const tool = agentOf(stage, 'tool')
    const abort = new AbortController()
    const first = ask(agentOf(stage, 'caller'), ['call', 'tool', ['wait', 60_000]], abort.signal)
    await expect.poll(() => tool.stats().running, PATIENCE).toBe(1)
    const use = ['call', 'tool', ['echo', 3]]
    const crowd = Array.from({ length: 9 }, () => ask(agentOf(stage, 'caller'), use))
    await expect.poll(() => tool.stats().queued, PATIENCE).toBe(9)
    const other = ask(agentOf(stage, 'second'), use, undefined, 'second')
    await expect.poll(() => tool.stats().queued, PATIENCE).toBe(10)
    abort.abort()
    for (const answer of [...crowd, other]) expect(await (await answer).json()).toBe(3)
    expect((await first).status).toBe(499)
    const order = stage.records.filter(({ agent }) => agent === 'tool').map(({ id }) => id)
    // After the one that ran, and one of the crowd.
    expect(order.indexOf('second.1')).toBe(2)
  })

  it('gets "unavailable" from a tool with a full queue', async () => {
    const limits = { toolFanOut: 1_000, toolCalls: 1_000, ...UNHURRIED }
    const caller = { capabilities: { tools: { tool: {} } }, limits }
    await using stage = await actors({ caller, tool: { limits: ONE } })
    const starts = Array(258).fill(['start', 'tool', ['wait', 60_000]])
    const answers = await stage.run('each', ...starts, ['attempt', ['take', 257]])
    expect((answers as unknown[]).at(-1)).toBe('unavailable')
    const tool = agentOf(stage, 'tool')
    await expect
      .poll(() => tool.stats(), PATIENCE)
      .toMatchObject({ running: 0, queued: 0, refused: 1 })
  })
})

const WAIT = {
  method: 'POST',
  url: 'http://any/',
  headers: [],
  body: new TextEncoder().encode('["wait",60000]'),
}
