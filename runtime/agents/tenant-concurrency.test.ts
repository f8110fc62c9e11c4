/** How many invocations of all agents of a tenant run at once, and that its chains never wait for themselves. */
import { beforeAll, describe, expect, it } from 'vitest'
import { actorComponent, actors, type ActorManifests } from './testing/actor.ts'
import { hostile } from './testing/hostile.ts'
import { stage } from './testing/stage.ts'
import type { Agent } from './index.ts'

beforeAll(async () => void (await actorComponent()), 60_000)

/** A machine under load is given time. */
const PATIENCE = { timeout: 30_000 }
const UNHURRIED = { deadlineMs: 60_000 }

/** Two agents of one tenant and one of none, whose calls end when the test says so. */
async function tenancy(concurrency: number) {
  const answers: ((value: number) => void)[] = []
  const tenants = (agent: string) =>
    ['agent-2', 'agent-3'].includes(agent) ? { name: 'team', concurrency } : undefined
  const theatre = await stage({ tenants })
  const load = () =>
    theatre.load(hostile('call-host'), {
      limits: UNHURRIED,
      imports: {
        'acme:host/env': { now: () => new Promise<number>((resolve) => answers.push(resolve)) },
      },
    })
  const [one, two, other] = [await load(), await load(), await load()]
  const call = (agent: Agent, signal?: AbortSignal): Promise<unknown> => {
    const calling = agent.call('run', [1], signal === undefined ? {} : { signal })
    // A test that needs the outcome awaits the promise again.
    calling.catch(() => {})
    return calling
  }
  return {
    ...{ one, two, other, call, theatre },
    /** Ends the call that has run longest, once it runs. */
    async end(value: number): Promise<void> {
      await expect.poll(() => answers.length, PATIENCE).toBeGreaterThan(0)
      answers.shift()?.(value)
    },
    [Symbol.asyncDispose]: () => theatre[Symbol.asyncDispose](),
  }
}

describe('the bound of a tenant', () => {
  it('is over all its agents, which take turns, and over no other agent', async () => {
    await using team = await tenancy(2)
    const { one, two, other, call, end } = team
    const first = [call(one), call(one)]
    const waiting = [call(one), call(one), call(two)]
    expect(one.stats()).toMatchObject({ running: 2, queued: 2, tenantQueued: 2, active: 4 })
    expect(two.stats()).toMatchObject({ running: 0, queued: 1, tenantQueued: 1, active: 1 })
    const free = call(other)
    expect(other.stats()).toMatchObject({ running: 1, queued: 0, tenantQueued: 0 })
    for (const value of [1, 2]) await end(value)
    expect(await Promise.all(first)).toEqual([1, 2])
    // One of each, although two of the first came before.
    await expect.poll(() => [one, two].map((agent) => agent.stats().running)).toEqual([1, 1])
    for (const value of [3, 4, 5, 6]) await end(value)
    expect(await free).toBe(3)
    expect(await Promise.all(waiting)).toEqual([4, 6, 5])
    expect(one.stats()).toMatchObject({ running: 0, queued: 0, refused: 0, failures: 0 })
  })

  it('has a bound for those that wait: one more is refused, and others are served', async () => {
    await using team = await tenancy(1)
    const { one, two, other, call, end, theatre } = team
    const calls = Array.from({ length: 200 }, () => call(one))
    calls.push(...Array.from({ length: 57 }, () => call(two)))
    expect(one.stats()).toMatchObject({ running: 1, tenantQueued: 199 })
    await expect(call(one)).rejects.toMatchObject({
      code: 'ERR_LIMIT_EXCEEDED',
      message: 'Cannot call agent "agent-2": 1 invocations of tenant "team" run and 256 wait',
      hint: expect.stringContaining('concurrency of tenant "team"'),
      facts: { limit: 'concurrency' },
    })
    expect(one.stats()).toMatchObject({ running: 1, refused: 1, tenantRefused: 1 })
    // An agent of which fewer wait gets the place of one of the crowd.
    calls.push(call(two))
    expect(one.stats()).toMatchObject({ tenantQueued: 198, refused: 2, tenantRefused: 2 })
    expect(two.stats()).toMatchObject({ tenantQueued: 58, refused: 0 })
    const free = call(other)
    for (const value of [1, 2]) await end(value)
    expect(await free).toBe(2)
    expect(await theatre.calmAfter(async () => {})).toBe(true)
    one.kill()
    two.kill()
    await Promise.allSettled(calls)
    for (const agent of [one, two]) {
      expect(agent.stats()).toMatchObject({ running: 0, queued: 0, tenantQueued: 0, active: 0 })
    }
  })

  it('is no bound for one that went away or was stopped while it waited', async () => {
    await using team = await tenancy(1)
    const { one, two, call, end } = team
    const running = call(one)
    const abort = new AbortController()
    const gone = call(two, abort.signal)
    const killed = call(two)
    abort.abort()
    await expect(gone).rejects.toMatchObject({ code: 'ERR_CLIENT_GONE' })
    two.kill()
    await expect(killed).rejects.toMatchObject({ code: 'ERR_GUEST_KILLED' })
    const next = call(two)
    for (const value of [1, 2]) await end(value)
    expect([await running, await next]).toEqual([1, 2])
    expect(two.stats()).toMatchObject({ running: 0, queued: 0 })
  })

  it('is answered with 503 and when to come back', async () => {
    const tenants = () => ({ name: 'team', concurrency: 1 })
    // More than may wait for a place of the tenant.
    const limits = { concurrency: 1_000, ...UNHURRIED }
    const manifests = { caller: { limits }, second: { limits } }
    await using theatre = await actors(manifests, undefined, { tenants })
    const [caller, second] = ['caller', 'second'].map((name) =>
      theatre.runtime.agents.find((agent) => agent.name === name),
    )
    const ask = async (
      agent: Agent | undefined,
      ...step: unknown[]
    ): Promise<Response | undefined> =>
      agent?.fetch(new Request('http://any/', { method: 'POST', body: JSON.stringify(step) }))
    const crowd = Array.from({ length: 257 }, () => ask(caller, 'wait', 60_000))
    await expect.poll(() => caller?.stats().tenantQueued, PATIENCE).toBe(256)
    const refused = await ask(caller, 'echo', 1)
    expect([refused?.status, refused?.headers.get('retry-after')]).toEqual([503, '1'])
    caller?.kill()
    await Promise.allSettled(crowd)
    expect((await ask(second, 'echo', 1))?.status).toBe(200)
  })
})

describe('a chain of agents of one tenant', () => {
  const tools = { caller: {}, tool: {} }
  const agents: ActorManifests = {
    caller: { capabilities: { tools }, limits: UNHURRIED },
    tool: { capabilities: { tools }, limits: UNHURRIED },
  }
  const oneEach = { tenants: () => ({ name: 'team', concurrency: 1 }) }

  it('does not wait for its own place', async () => {
    await using theatre = await actors(agents, undefined, oneEach)
    const step = ['call', 'tool', ['call', 'caller', ['call', 'tool', ['echo', 7]]]]
    expect(await theatre.run(...step)).toBe(7)
  })

  it('does not wait for one that waits for it', async () => {
    await using theatre = await actors(agents, undefined, oneEach)
    const ask = (name: string, ...step: unknown[]): Promise<Response> | undefined =>
      theatre.runtime.agents
        .find((agent) => agent.name === name)
        ?.fetch(new Request('http://any/', { method: 'POST', body: JSON.stringify(step) }))
    // Each begins a call while others of the same depth wait.
    const crowd = ['caller', 'tool', 'caller', 'tool'].map((name) =>
      ask(name, 'each', ['wait', 5], ['call', 'tool', ['call', 'caller', ['echo', 1]]]),
    )
    for (const answer of crowd) expect(await (await answer)?.json()).toEqual([null, 1])
  })
})
