import { describe, expect, it } from 'vitest'
import { createControl, type ControlOptions, type HostState } from '../control/index.ts'
import type { RequestLine } from './app-interface.ts'
import { createApp } from './app.ts'
import { RouteTable } from './route-table.ts'
import type { ServedAgent } from './served-agent.ts'

function open(
  fetch: (...args: Parameters<ServedAgent['fetch']>) => Response | Promise<Response> = async () =>
    new Response('hello'),
  access: ControlOptions['access'] = { state: 'open' },
) {
  const lines: RequestLine[] = []
  const answer: ServedAgent['fetch'] = async (request, options) => {
    const response = await fetch(request, options)
    response.headers.set('x-request-id', options.id)
    return response
  }
  const table = new RouteTable([
    { name: 'hello', route: '/hello/*', requestBodyBytes: 10, fetch: answer },
    { name: 'site', route: '/site/*', requestBodyBytes: 10, fetch: answer },
  ])
  const state: HostState = {
    health: () => ({
      status: 'ok',
      agents: 1,
      workers: { ready: 1, wanted: 1 },
      uptimeSeconds: 0,
    }),
    agents: async () => [],
    approvals: () => [],
    auditHeads: () => undefined,
    resources: () => ({ residentBytes: 1, cpuSeconds: 2 }),
    checkPolicy: ({ name }) => ({ agent: name, hasPolicy: false, refused: [], lowered: [] }),
    change: {
      deployVersion: async () => {
        throw new Error('not asked for')
      },
      rollBack: async () => undefined,
      kill: async () => undefined,
      disable: async () => undefined,
      stop: async () => undefined,
      attenuate: async () => undefined,
      restore: async () => undefined,
    },
  }
  const control = createControl(state, { access })
  const app = createApp({
    table: () => table,
    control: async (request, id) => {
      const headers = new Headers(request.headers)
      headers.set('x-request-id', id)
      return control.fetch(new Request(request, { headers }))
    },
    log: (line) => void lines.push(line),
  })
  return { lines, request: (path: string, init?: RequestInit) => app.request(path, init) }
}

describe('createApp()', () => {
  it('hands an agent its request, without its name in the path', async () => {
    let seen: unknown
    const { request } = open(async ({ url, method, headers }, { id }) => {
      seen = { url, method, id, given: headers.get('x-given') }
      return new Response('made', { status: 201 })
    })
    const response = await request('/hello/a%2520%2f?b=c%20', {
      method: 'PUT',
      body: 'x',
      headers: { 'x-request-id': 'mine', 'x-given': '1' },
    })
    expect([response.status, await response.text()]).toEqual([201, 'made'])
    expect(seen).toEqual({
      url: 'http://localhost/a%2520%2f?b=c%20',
      method: 'PUT',
      id: response.headers.get('x-request-id'),
      given: '1',
    })
  })

  it('hands over the body', async () => {
    const { request } = open(async (received) => new Response(await received.arrayBuffer()))
    const response = await request('/hello', { method: 'POST', body: 'payload' })
    expect(await response.text()).toBe('payload')
  })

  it('gives every request an id of its own, and logs that of the client beside it', async () => {
    const { request, lines } = open()
    const given = [undefined, 'mine', 'mine', 'a b"', 'x'.repeat(129)]
    const ids: (string | null)[] = []
    for (const id of given) {
      const headers = id === undefined ? {} : { 'x-request-id': id }
      ids.push((await request('/hello', { headers })).headers.get('x-request-id'))
    }
    for (const id of ids) expect(id).toMatch(/^[0-9a-f-]{36}$/)
    expect(new Set(ids).size).toBe(given.length)
    expect(lines.map(({ id, correlation }) => [id, correlation])).toEqual(
      ids.map((id, index) => [id, index === 1 || index === 2 ? 'mine' : undefined]),
    )
  })

  it('answers 404 where there is no agent, with the request id and nothing of the host', async () => {
    const { request, lines } = open()
    const response = await request('/absent/x?secret=1')
    const id = response.headers.get('x-request-id')
    expect(response.status).toBe(404)
    expect(await response.json()).toEqual({ error: 'no agent answers /absent/x', requestId: id })
    expect(lines).toEqual([
      { id, method: 'GET', path: '/absent/x', status: 404, durationMs: expect.any(Number) },
    ])
  })

  it('answers 413 before the agent sees the request', async () => {
    let called = false
    const { request } = open(async () => {
      called = true
      return new Response()
    })
    const headers = { 'content-length': '11' }
    const response = await request('/hello', { method: 'POST', body: 'x'.repeat(11), headers })
    expect([response.status, called]).toEqual([413, false])
  })

  it('answers 500 when an agent object throws, and says nothing of it', async () => {
    const { request } = open(async () => {
      throw new Error('/secret/path')
    })
    const response = await request('/hello')
    expect(response.status).toBe(500)
    expect(await response.text()).not.toContain('secret')
    expect(response.headers.get('x-request-id')).not.toBeNull()
  })

  it('aborts the signal of the agent when the client goes away', async () => {
    const controller = new AbortController()
    const { request } = open(
      (_, { signal }) =>
        new Promise((resolve) => {
          signal.addEventListener('abort', () => resolve(new Response('aborted')))
        }),
    )
    const response = request('/hello', { signal: controller.signal })
    controller.abort()
    expect(await (await response).text()).toBe('aborted')
  })

  it('makes no promise of an answer that is there at once', () => {
    const lines: RequestLine[] = []
    const served: ServedAgent = {
      name: 'hello',
      route: '/hello/*',
      requestBodyBytes: 10,
      fetch: () => new Response('hello'),
    }
    const app = createApp({
      table: () => new RouteTable([served]),
      control: () => Promise.reject(new Error('not asked')),
      log: (line) => void lines.push(line),
    })
    expect(app.fetch(new Request('http://any/hello/'))).toBeInstanceOf(Response)
    expect(app.fetch(new Request('http://any/absent'))).toBeInstanceOf(Response)
    expect(lines.map(({ status }) => status)).toEqual([200, 404])
  })

  it('logs one line a request', async () => {
    const { request, lines } = open()
    const response = await request('/hello/x')
    expect(lines).toEqual([
      {
        id: response.headers.get('x-request-id'),
        agent: 'hello',
        method: 'GET',
        path: '/hello/x',
        status: 200,
        durationMs: expect.any(Number),
      },
    ])
  })

  it('keeps what it failed of for the log', async () => {
    const { request, lines } = open(() => Promise.reject(new Error('a detail of the host')))
    const response = await request('/hello/')
    const id = response.headers.get('x-request-id')
    expect([response.status, await response.json()]).toEqual([
      500,
      { error: 'internal error', requestId: id },
    ])
    expect(lines).toMatchObject([
      { id, status: 500, fault: expect.stringContaining('a detail of the host') },
    ])
  })
})

describe('createControl()', () => {
  it('answers health and agents', async () => {
    const { request } = open()
    expect(await (await request('/-/health')).json()).toMatchObject({ status: 'ok' })
    expect(await (await request('/-/agents')).json()).toEqual({ agents: [] })
    expect((await request('/-/agents', { method: 'HEAD' })).status).toBe(200)
  })

  it('asks for the token where one is set, and is closed where one is missing', async () => {
    const guarded = open(undefined, { state: 'token', token: 's3cret' })
    const ask = async (authorization: string) =>
      (await guarded.request('/-/agents', { headers: { authorization } })).status
    expect(await ask('Bearer s3cret')).toBe(200)
    for (const wrong of ['', 'Bearer ', 'Bearer s3cre', 'Bearer s3cret2', 's3cret']) {
      expect(await ask(wrong)).toBe(401)
    }
    expect((await guarded.request('/-/health')).status).toBe(200)
    const closed = open(undefined, { state: 'closed' })
    expect((await closed.request('/-/agents')).status).toBe(403)
    const headers = { authorization: 'Bearer undefined' }
    expect((await closed.request('/-/agents', { headers })).status).toBe(401)
    expect((await closed.request('/-/health')).status).toBe(200)
  })

  it('answers 405 with the methods there are', async () => {
    const { request } = open()
    const response = await request('/-/agents', { method: 'DELETE' })
    expect([response.status, response.headers.get('allow')]).toEqual([405, 'GET, HEAD, POST'])
    expect(await response.json()).toMatchObject({ error: 'method DELETE not allowed' })
  })

  it('answers 404 for what it does not have, and no agent can take its place', async () => {
    const { request } = open()
    const response = await request('/-/absent')
    expect(response.status).toBe(404)
    expect(await response.json()).toEqual({
      error: 'nothing at /-/absent',
      requestId: response.headers.get('x-request-id'),
    })
  })
})
