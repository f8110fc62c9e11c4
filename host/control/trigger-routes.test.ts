/** What the control plane says of schedules and queues, and to whom. @module */
import { describe, expect, it } from 'vitest'
import type { Access } from './access/index.ts'
import { createControl } from './control.ts'
import type { HostState, QueueKeeper, ScheduleKeeper } from './host.ts'

const RUN = {
  agent: 'mailer',
  cron: '* * * * *',
  timezone: 'UTC',
  at: '1970-01-01T00:00:00.000Z',
  state: 'completed' as const,
  missed: 0,
  tookMs: 1,
}
const COUNTS = { waiting: 1, leased: 0, dead: 1, bytes: 2, isConsumed: true }

/** A token for agents of team a, which may do `can`. */
function scope(can: readonly string[]) {
  return { name: 'team', can, agents: ['team-*'], routes: [], hosts: [] }
}

function open({ hasQueues = true, can = ['read'] as readonly string[] } = {}) {
  const calls: unknown[] = []
  const schedules: ScheduleKeeper = {
    list: () => ['mailer', 'team-a'].map((agent) => ({ ...RUN, agent, isRunning: false })),
    async run(agent, cron, { caller }) {
      calls.push(['run', agent, cron, caller])
      return agent === 'mailer' && cron !== 'x' ? RUN : undefined
    },
  }
  const change =
    (action: string): QueueKeeper['retry'] =>
    async (agent, queue, ids, { caller }) => {
      calls.push([action, agent, queue, ids, caller])
      return { agent, queue, changed: ids?.length ?? 9 }
    }
  const queues: QueueKeeper = {
    list: async () => ['mailer', 'team-a'].map((agent) => ({ agent, queue: 'q', ...COUNTS })),
    async peek(...given) {
      calls.push(['peek', ...given])
      return []
    },
    retry: change('retry'),
    drop: change('drop'),
  }
  // The other routes are not asked.
  const state = {
    schedules,
    ...(hasQueues ? { queues } : {}),
    tokens: {
      find: (text: string) => (text === 'team' ? { state: 'valid', token: scope(can) } : undefined),
    },
  } as unknown as HostState
  const access: Access = { state: 'token', token: 'operator' }
  const control = createControl(state, { access })
  const ask = async (path: string, method = 'GET', body?: object, token = 'operator') => {
    const headers = { authorization: `Bearer ${token}` }
    const init = { method, headers, ...(body && { body: JSON.stringify(body) }) }
    const response = await control.request(`http://localhost/-${path}`, init)
    return [response.status, await response.json()] as const
  }
  return { ask, calls }
}

describe('/-/schedules and /-/agents/NAME/run', () => {
  it('lists and runs', async () => {
    const { ask, calls } = open()
    expect((await ask('/schedules'))[1]).toMatchObject({ schedules: [{ agent: 'mailer' }, {}] })
    expect(await ask('/agents/mailer/run', 'POST')).toEqual([200, RUN])
    expect((await ask('/agents/mailer/run', 'POST', { cron: 'x' }))[0]).toBe(404)
    expect((await ask('/agents/mailer/run', 'POST', { cron: 3 }))[0]).toBe(400)
    expect(calls).toEqual([
      ['run', 'mailer', undefined, 'control'],
      ['run', 'mailer', 'x', 'control'],
    ])
  })
})

describe('/-/queues', () => {
  it('lists, shows and changes', async () => {
    const { ask, calls } = open()
    expect((await ask('/queues'))[1]).toMatchObject({ queues: [{ agent: 'mailer', dead: 1 }, {}] })
    await ask('/agents/mailer/queues/orders')
    await ask('/agents/mailer/queues/orders?state=waiting&limit=3')
    const retried = await ask('/agents/mailer/queues/orders/retry', 'POST', { ids: ['a'] })
    expect(retried).toEqual([200, { agent: 'mailer', queue: 'orders', changed: 1 }])
    await ask('/agents/mailer/queues/orders/drop', 'POST', {})
    expect(calls).toEqual([
      ['peek', 'mailer', 'orders', 'dead', 10],
      ['peek', 'mailer', 'orders', 'waiting', 3],
      ['retry', 'mailer', 'orders', ['a'], 'control'],
      ['drop', 'mailer', 'orders', undefined, 'control'],
    ])
  })

  it.each([
    ['?state=lost', 'GET', undefined],
    ['?limit=101', 'GET', undefined],
    ['?limit=x', 'GET', undefined],
    ['/retry', 'POST', { ids: 'a' }],
    ['/drop', 'POST', { ids: [1] }],
  ])('refuses %s', async (path, method, body) => {
    const { ask, calls } = open()
    expect((await ask(`/agents/mailer/queues/orders${path}`, method, body))[0]).toBe(400)
    expect(calls).toEqual([])
  })

  it('says that a host without a data directory has none', async () => {
    const { ask } = open({ hasQueues: false })
    for (const path of ['/queues', '/agents/mailer/queues/orders'])
      expect(await ask(path)).toEqual([
        404,
        expect.objectContaining({ error: expect.stringContaining('--data') }),
      ])
  })

  it('shows a token its agents, and their messages only where it may operate', async () => {
    const reader = open()
    expect((await reader.ask('/queues', 'GET', undefined, 'team'))[1]).toMatchObject({
      queues: [{ agent: 'team-a' }],
    })
    expect((await reader.ask('/schedules', 'GET', undefined, 'team'))[1]).toMatchObject({
      schedules: [{ agent: 'team-a' }],
    })
    const peek = '/agents/team-a/queues/q'
    expect((await reader.ask(peek, 'GET', undefined, 'team'))[0]).toBe(403)
    expect((await reader.ask(`${peek}/drop`, 'POST', {}, 'team'))[0]).toBe(403)
    expect((await reader.ask('/agents/team-a/run', 'POST', {}, 'team'))[0]).toBe(403)
    const operator = open({ can: ['operate'] })
    expect((await operator.ask(peek, 'GET', undefined, 'team'))[0]).toBe(200)
    expect((await operator.ask('/agents/mailer/queues/q', 'GET', undefined, 'team'))[0]).toBe(403)
    expect(operator.calls).toHaveLength(1)
  })
})
