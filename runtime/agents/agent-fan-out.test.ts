import { beforeAll, describe, expect, it, vi } from 'vitest'
import { actorComponent, actors } from './testing/actor.ts'

beforeAll(async () => void (await actorComponent()), 60_000)

const TOOL = { capabilities: { tools: { tool: {} } } }

describe('tools that are called at once', () => {
  it('run side by side, and are taken as they end', async () => {
    await using stage = await actors({ caller: TOOL, tool: {} })
    const waits = [900, 500, 100].map((ms) => [
      'start',
      'tool',
      ['each', ['wait', ms], ['echo', ms]],
    ])
    const takes = [['any'], ['take', 2], ['take', 0], ['take', 1]]
    const answer = stage.run('each', ...waits, ...takes)
    const tool = stage.runtime.agents.find(({ name }) => name === 'tool')
    await vi.waitUntil(() => tool?.stats().active === waits.length, { interval: 5 })
    expect(await answer).toEqual([
      ...[0, 1, 2, 2],
      ...[
        [null, 100],
        [null, 900],
        [null, 500],
      ],
    ])
    const spans = stage.records.filter(({ agent }) => agent === 'tool')
    expect(spans.map(({ id }) => id)).toEqual(['first.3', 'first.2', 'first.1'])
  })

  it('are bounded in number, while they are under way', async () => {
    const limits = { toolFanOut: 2 }
    await using stage = await actors({ caller: { ...TOOL, limits }, tool: {} })
    const start = ['start', 'tool', ['wait', 60_000]]
    // One that ends by the clock could end before the next call is made.
    const ended = [
      ['start', 'tool', ['echo', 'end']],
      ['take', 0],
    ]
    expect(await stage.run('each', ...ended, start, start, ['attempt', start])).toEqual([
      ...[0, 'end', 1, 2, 'limited'],
    ])
    const { events = [] } = stage.records.find(({ agent }) => agent === 'caller') ?? {}
    expect(events.find(({ outcome }) => outcome === 'limited')?.hint).toBe(
      'Raise limits.toolFanOut',
    )
  })

  it('end when they are cancelled, and only they', async () => {
    await using stage = await actors({ caller: TOOL, tool: {} })
    const [, , isCancelled, kept, again] = (await stage.run(
      'each',
      ...[
        ['start', 'tool', ['wait', 60_000]],
        ['start', 'tool', ['wait', 50]],
      ],
      ...[
        ['cancel', 0],
        ['take', 1],
        ['cancel', 0],
      ],
    )) as unknown[]
    expect([isCancelled, kept, again]).toEqual([true, null, false])
    const ends = stage.records.map(({ id, outcome }) => [id, outcome.state])
    expect(ends).toEqual([
      ['first.1', 'abandoned'],
      ['first.2', 'completed'],
      ['first', 'completed'],
    ])
    const { events = [] } = stage.records.at(-1) ?? {}
    expect(events.map(({ outcome, hint }) => [outcome, hint])).toEqual([
      ['failed', 'The caller gave it up or ended before there was a result'],
      ['allowed', undefined],
    ])
  })

  it('do not outlive their caller, however it ends', async () => {
    for (const end of [['echo', 1], ['no such step'], ['spin']]) {
      const limits = { deadlineMs: 300 }
      await using stage = await actors({ caller: { ...TOOL, limits }, tool: {} })
      await stage.run('each', ['start', 'tool', ['wait', 60_000]], end)
      const tool = stage.runtime.agents.find(({ name }) => name === 'tool')
      await vi.waitUntil(() => tool?.stats().active === 0)
      expect(stage.endOf('tool')).toMatch(/abandoned|limited/)
      const caller = stage.records.find(({ agent }) => agent === 'caller')
      expect(caller?.events).toMatchObject([
        { outcome: 'failed', hint: 'The caller gave it up or ended before there was a result' },
      ])
    }
  })

  it('end when the tool is taken away, and only then', async () => {
    const tools = { tool: {}, other: { agent: 'tool' } }
    await using stage = await actors({ caller: { capabilities: { tools } }, tool: {} })
    const [caller, tool] = stage.runtime.agents
    const answer = stage.run(
      'each',
      ...['tool', 'other'].map((name) => ['start', name, ['wait', 400]]),
      ...[0, 1].map((at) => ['attempt', ['take', at]]),
      ['attempt', ['call', 'tool', ['echo', 1]]],
    )
    await vi.waitUntil(() => tool?.stats().active === 2)
    await caller?.attenuate({ revoke: ['tools.tool'] })
    expect(await answer).toEqual([0, 1, 'denied', null, 'denied'])
    const { events = [] } = stage.records.find(({ agent }) => agent === 'caller') ?? {}
    expect(events[0]).toMatchObject({
      ...{ outcome: 'denied', hint: 'tools.tool was revoked meanwhile' },
    })
  })

  it('burn no more fuel together than their caller has', async () => {
    const fuel = 20_000_000
    await using stage = await actors({ caller: { ...TOOL, limits: { fuel } }, tool: {} })
    // Each waits first, so that all have begun with the whole rest of the caller's budget.
    const start = ['start', 'tool', ['each', ['wait', 30], ['burn', 1_000_000]]]
    const starts = Array(8).fill(start)
    const takes = starts.map((_, at) => ['attempt', ['take', at]])
    expect(await stage.run('each', ...starts, ...takes)).toBe(504)
    await vi.waitUntil(() => stage.runtime.agents.every((agent) => agent.stats().active === 0))
    const burnt = stage.records.reduce((sum, record) => sum + record.fuel, 0)
    expect(burnt).toBeLessThan(fuel + 8 * 1_000_000)
  })

  it('spend from one budget', async () => {
    const limits = { toolCalls: 3 }
    await using stage = await actors({ caller: { ...TOOL, limits }, tool: {} })
    const attempt = ['attempt', ['start', 'tool', ['wait', 1]]]
    expect(await stage.run('repeat', 5, attempt)).toEqual([0, 1, 2, 'limited', 'limited'])
  })
})

describe('the depth of calls', () => {
  it.for([0, 1, 5])('is bounded by the manifest of the first: %s', async (toolDepth) => {
    const capabilities = { tools: { caller: {} } }
    await using stage = await actors({ caller: { capabilities, limits: { toolDepth } } })
    expect(await stage.run('deeper', 'caller', 0)).toEqual([toolDepth, 'limited'])
  })

  it('is no more than a tool allows itself, nor than its caller has left', async () => {
    const tools = { shallow: {}, deep: {} }
    const deeper = (name: string) => ['call', name, ['deeper', 'self', 0]]
    await using stage = await actors({
      caller: { capabilities: { tools }, limits: { toolDepth: 3 } },
      shallow: {
        capabilities: { tools: { self: { agent: 'shallow' } } },
        limits: { toolDepth: 1 },
      },
      deep: { capabilities: { tools: { self: { agent: 'deep' } } }, limits: { toolDepth: 64 } },
    })
    expect(await stage.run('each', deeper('shallow'), deeper('deep'))).toEqual([
      [1, 'limited'],
      [2, 'limited'],
    ])
  })

  it('is 64 at most, which no stack is too small for', async () => {
    const capabilities = { tools: { caller: {} } }
    await using stage = await actors({ caller: { capabilities, limits: { toolDepth: 64 } } })
    expect(await stage.run('deeper', 'caller', 0)).toEqual([64, 'limited'])
  })
})
