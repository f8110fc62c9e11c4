/**
 * Each route of the control plane, by each client, for its own agent and another's.
 *
 * @module
 */

import { describe, expect, it } from 'vitest'
import { CONTROL_ROUTES, FUNCTION_ROUTES } from '../../control/index.ts'
import { MCP_ROUTES } from '../../protocols/mcp/index.ts'
import type { AgentBundle } from './index.ts'
import { ask, deployForm, type AskOptions } from './testing/components.ts'
import { ALL_ACTIONS, tokenHost } from './testing/token-host.ts'
import { statusOf, Wire } from './testing/wire.ts'

const OPERATOR = 'of-the-operator'

/** What a client gets: an answer, or the status of a refusal. */
type Got = 'answered' | 401 | 403

/** A route, filled in for one agent. */
interface Attempt {
  /** As the tables of routes have it: `GET /-/agents/:name`. */
  readonly route: string
  readonly needs: string
  /** Another action that will do. */
  readonly or: string | undefined
  readonly path: string
  readonly method: string
}

const ROUTES = Object.entries({ ...CONTROL_ROUTES, ...FUNCTION_ROUTES, ...MCP_ROUTES }).flatMap(
  ([path, methods]) =>
    Object.entries(methods).map(([method, { needs, or }]) => ({ path, method, needs, or })),
)

/** What the holder of a token for all actions gets: for its own agent, and for another's. */
const EXPECTED: Readonly<Record<string, readonly [own: Got, other: Got]>> = {
  'GET /-/health': ['answered', 'answered'],
  'GET /-/metrics': ['answered', 'answered'],
  'GET /-/agents': ['answered', 'answered'],
  'POST /-/agents': ['answered', 403],
  'GET /-/agents/:name': ['answered', 403],
  'POST /-/agents/:name/kill': ['answered', 403],
  'POST /-/agents/:name/stop': ['answered', 403],
  'POST /-/stop': [403, 403],
  'GET /-/workers': [403, 403],
  'POST /-/page/links': [403, 403],
  'POST /-/page/session': ['answered', 'answered'],
  'DELETE /-/page/session': [403, 403],
  'GET /-/page/events': [403, 403],
  'POST /-/agents/:name/disable': ['answered', 403],
  'POST /-/agents/:name/enable': ['answered', 403],
  'POST /-/agents/:name/grants': ['answered', 403],
  'POST /-/agents/:name/rollback': ['answered', 403],
  'GET /-/agents/:name/versions': ['answered', 403],
  'GET /-/agents/:name/diff': ['answered', 403],
  'POST /-/agents/:name/run': ['answered', 403],
  'GET /-/agents/:name/queues/:queue': ['answered', 403],
  'POST /-/agents/:name/queues/:queue/retry': ['answered', 403],
  'POST /-/agents/:name/queues/:queue/drop': ['answered', 403],
  'GET /-/schedules': ['answered', 'answered'],
  'GET /-/queues': ['answered', 'answered'],
  'GET /-/approvals': ['answered', 'answered'],
  'GET /-/audit': [403, 403],
  'GET /-/tail': ['answered', 'answered'],
  'POST /-/policy/check': ['answered', 403],
  'GET /-/tokens': [403, 403],
  'POST /-/tokens': [403, 403],
  'DELETE /-/tokens/:name': [403, 403],
  'GET /-/functions': ['answered', 'answered'],
  'GET /-/functions/:name': ['answered', 403],
  'POST /-/functions/:name/*': ['answered', 403],
  'POST /-/mcp': ['answered', 'answered'],
  'GET /-/tools': ['answered', 'answered'],
  'GET /-/tools/:name': ['answered', 403],
  'POST /-/tools/:name/*': ['answered', 403],
}

const host = tokenHost()

function attempts(agent: string): Attempt[] {
  return ROUTES.map(({ path, method, needs, or }) => ({
    route: `${method} ${path}`,
    needs,
    or,
    method,
    // Two are answers without an end, but to a query that is wrong.
    path: path
      .replace(':name', agent)
      .replace('*', 'run')
      .replace('tail', 'tail?level=none')
      .replace('events', 'events?none'),
  }))
}

/** Both ports; functions are on that of the data plane only. */
function bases({ path }: Attempt): string[] {
  const hasFunctions = /^\/-\/(functions|tools|mcp)/.test(path)
  return hasFunctions ? [host.server.url] : [host.server.url, host.server.controlUrl ?? '']
}

async function tried(attempt: Attempt, bundle: AgentBundle, options: AskOptions): Promise<Got> {
  const { path, method } = attempt
  const got = new Set<Got>()
  for (const base of bases(attempt)) {
    const answer = await ask(base + path, { method, body: bodyOf(attempt, bundle), ...options })
    const isRefused = answer.status === 401 || answer.status === 403
    // A machine that is busy has a worker that seems silent: health says so.
    if (attempt.needs !== 'anyone') expect(answer.status, attempt.route).toBeLessThan(500)
    got.add(isRefused ? (answer.status as 401 | 403) : 'answered')
  }
  // All that a path does not have is answered alike by both.
  expect(got.size, attempt.route).toBe(1)
  return [...got][0] ?? 403
}

function bodyOf({ method, path }: Attempt, bundle: AgentBundle): string | FormData {
  if (method !== 'POST') return ''
  if (path === '/-/agents') return deployForm(bundle)
  if (path === '/-/policy/check') return JSON.stringify(bundle.manifest)
  return path.endsWith('/run') ? '{"n":1}' : '{"revoke":[]}'
}

describe('the routes of the control plane', () => {
  it('are those whose outcome is known here', () => {
    const routes = attempts('any').map(({ route }) => route)
    expect(routes.toSorted()).toEqual(Object.keys(EXPECTED).toSorted())
  })

  it('are open to the holder of a token as far as its agents go', async () => {
    const mine = await host.token()
    for (const [index, bundle] of [host.own, host.other].entries()) {
      for (const attempt of attempts(bundle.manifest.name)) {
        const got = await tried(attempt, bundle, { token: mine })
        expect([attempt.route, got]).toEqual([attempt.route, EXPECTED[attempt.route]?.[index]])
      }
    }
    // Each command was carried out on the own agent, the last of its state being enabled.
    expect((await host.local('/-/agents/other')).body).toMatchObject({ disabled: false })
    expect((await host.local('/-/agents/team-a-shop')).body).toMatchObject({ disabled: false })
  })

  it.each(ALL_ACTIONS)(
    'are open to a token for %s where they need that, and nowhere else',
    async (can) => {
      const mine = await host.token({ can: [can] })
      for (const attempt of attempts('team-a-shop')) {
        const got = await tried(attempt, host.own, { token: mine })
        const { needs, or, route } = attempt
        const isOpen =
          needs === 'anyone' || or === can || (needs === can && EXPECTED[route]?.[0] === 'answered')
        expect([attempt.route, got]).toEqual([attempt.route, isOpen ? 'answered' : 403])
      }
    },
  )

  it('take no token that was revoked, is made up, or is half of one', async () => {
    const mine = await host.token({}, 'gone')
    expect((await host.local('/-/tokens/gone', { method: 'DELETE' })).status).toBe(200)
    for (const wrong of [
      mine,
      'mf_',
      `mf_${'A'.repeat(43)}`,
      mine.slice(0, -1),
      `${mine}A`,
      'x y',
    ]) {
      for (const attempt of attempts('team-a-shop')) {
        const got = await tried(attempt, host.own, { token: wrong })
        const isOpen = attempt.needs === 'anyone'
        expect([attempt.route, got]).toEqual([attempt.route, isOpen ? 'answered' : 401])
      }
    }
  })

  it('are open to programs on this machine for looking and calling', async () => {
    for (const attempt of attempts('team-a-shop')) {
      const got = await tried(attempt, host.own, {})
      const isOpen = ['anyone', 'read', 'call'].includes(attempt.needs)
      expect([attempt.route, got]).toEqual([attempt.route, isOpen ? 'answered' : 401])
    }
  })

  const PAGES: readonly Record<string, string>[] = [
    { origin: 'http://evil.test' },
    { origin: 'null' },
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-origin' },
    { host: 'rebound.evil.test' },
    { host: 'rebound.evil.test', origin: 'http://rebound.evil.test' },
  ]
  it.each(PAGES)('are closed to pages: %j', async (headers) => {
    for (const attempt of attempts('team-a-shop')) {
      const got = await tried(attempt, host.own, { headers })
      const isOpen = attempt.needs === 'anyone'
      expect([attempt.route, got]).toEqual([attempt.route, isOpen ? 'answered' : 403])
    }
  })

  it.each([
    ['http://evil.test/-/agents/other/kill', ['Host: localhost'], 400],
    ['http://evil.test/-/agents/other/kill', ['Host: evil.test'], 403],
    ['/-/agents/other/kill', ['Host: localhost, evil.test'], 400],
    ['/-/agents/other/kill', ['Host: localhost', 'Host: evil.test'], 400],
    ['/-/agents/other/kill', ['Host: evil.test@localhost'], 400],
    ['/-/agents/other/kill', ['Host: localhost'], 401],
    ['/-/agents/other/%6bill', ['Host: localhost'], 401],
    ['/%2d/agents/other/kill', ['Host: localhost'], 401],
    ['/x/../-/agents/other/kill', ['Host: localhost'], 401],
    ['/-/agents/other/kill?authorization=Bearer', ['Host: localhost'], 401],
    ['/-/tokens/x/', ['Host: localhost'], 404],
    ['/-/agents/../tokens', ['Host: localhost'], 401],
  ])('are not reached by POST %s with %j: %i', async (target, hosts, status) => {
    for (const base of [host.server.url, host.server.controlUrl ?? '']) {
      using wire = new Wire(base)
      wire.send([`POST ${target} HTTP/1.1`, ...hosts, 'Connection: close', '', ''].join('\r\n'))
      expect([base, statusOf(await wire.closed())]).toEqual([base, status])
    }
  })

  it('are open to a token from anywhere', async () => {
    const mine = await host.token()
    for (const headers of PAGES) {
      const options = { token: mine, headers }
      expect((await ask(`${host.server.url}/-/agents`, options)).status).toBe(200)
    }
  })

  it('say 404 and 405 only to clients that may look', async () => {
    const mine = await host.token({ can: ['deploy'] })
    const statuses = async (options: AskOptions) => [
      (await ask(`${host.server.url}/-/absent`, options)).status,
      (await ask(`${host.server.url}/-/agents`, { method: 'PUT', ...options })).status,
      (await ask(`${host.server.url}/-/functions/x/y`, { method: 'PUT', ...options })).status,
    ]
    expect(await statuses({})).toEqual([404, 405, 405])
    expect(await statuses({ token: mine })).toEqual([404, 405, 405])
    expect(await statuses({ token: 'mf_no' })).toEqual([401, 401, 401])
    expect(await statuses({ headers: { origin: 'http://evil.test' } })).toEqual([403, 403, 403])
  })
})

describe('a host with the token of an operator', () => {
  it('is open to that, to scoped tokens as far as they go, and to nothing without', async () => {
    const mine = await host.token()
    await host.restart({ controlToken: OPERATOR })
    try {
      for (const attempt of attempts('team-a-shop')) {
        const isOpen = attempt.needs === 'anyone'
        const without = await tried(attempt, host.own, {})
        expect([attempt.route, without]).toEqual([attempt.route, isOpen ? 'answered' : 401])
        const scoped = await tried(attempt, host.own, { token: mine })
        expect([attempt.route, scoped]).toEqual([attempt.route, EXPECTED[attempt.route]?.[0]])
        const operator = await tried(attempt, host.own, { token: OPERATOR })
        expect([attempt.route, operator]).toEqual([attempt.route, 'answered'])
      }
      const wider = JSON.stringify({ name: 'by-tcp', can: ['read'], agents: ['*'] })
      const init = { method: 'POST', body: wider, token: OPERATOR }
      expect((await ask(`${host.server.controlUrl}/-/tokens`, init)).status).toBe(201)
    } finally {
      await host.restart()
    }
  }, 120_000)
})
