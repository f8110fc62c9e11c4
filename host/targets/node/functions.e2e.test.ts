/** Exported functions called over HTTP. @module */
import { request } from 'node:http'
import { parse } from '@bytecodealliance/jco'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { manifestFromObject } from '../../../runtime/manifest/index.ts'
import { startServer, type MayflyServer, type ServerOptions } from './index.ts'

// `half` fails for odd numbers; `spin` never ends.
const MATH = `(component
  (core module $m
    (func (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1)))
    (func (export "half") (param i32) (result i32)
      (i32.store8 (i32.const 0) (i32.and (local.get 0) (i32.const 1)))
      (i32.store (i32.const 4) (i32.shr_u (local.get 0) (i32.const 1)))
      (i32.const 0))
    (func (export "spin") (loop (br 0)))
    (func (export "trap") unreachable)
    (memory (export "memory") 1))
  (core instance $i (instantiate $m))
  (func $add (param "left" u32) (param "right-hand" u32) (result u32) (canon lift (core func $i "add")))
  (func $half (param "of" u32) (result (result u32 (error u32)))
    (canon lift (core func $i "half") (memory (core memory $i "memory"))))
  (func $spin (canon lift (core func $i "spin")))
  (func $trap (canon lift (core func $i "trap")))
  (instance $ops (export "add" (func $add)) (export "half" (func $half)))
  (export "acme:math/ops@1.0.0" (instance $ops))
  (export "spin" (func $spin))
  (export "trap" (func $trap)))`

const DEADLINE_MS = 300
let server: MayflyServer
let closed: MayflyServer

beforeAll(async () => {
  server = await start({ controlToken: 'let-me-in' })
  closed = await start({ host: '0.0.0.0' })
})

afterAll(async () => {
  await server?.close()
  await closed?.close()
})

async function start(options: Partial<ServerOptions>): Promise<MayflyServer> {
  const manifest = manifestFromObject({
    name: 'math',
    descriptions: { 'acme:math/ops#add': 'Adds two numbers' },
    limits: { deadlineMs: DEADLINE_MS, requestBodyBytes: 100 },
  })
  const component = new Uint8Array(await parse(MATH))
  const agents = [{ manifest, component, revision: '1' }]
  return startServer({ agents, port: 0, workers: 1, logLevel: 'silent', ...options })
}

function ask(path: string, init: RequestInit = {}): Promise<Response> {
  const headers = { authorization: 'Bearer let-me-in' }
  return fetch(`${server.url}/-/functions${path}`, { headers, ...init })
}

function post(path: string, body: unknown): Promise<Response> {
  return ask(path, { method: 'POST', body: typeof body === 'string' ? body : JSON.stringify(body) })
}

describe('/-/functions', () => {
  it.for(['', '/math/add'])(
    'answers 405 to TRACE of "%s", which fetch cannot send',
    async (path) => {
      const { hostname, port } = new URL(server.url)
      const status = await new Promise((resolve, reject) => {
        const asked = request(
          { hostname, port, path: `/-/functions${path}`, method: 'TRACE' },
          (answer) => {
            answer.resume()
            resolve(answer.statusCode)
          },
        )
        asked.on('error', reject).end()
      })
      expect(status).toBe(405)
    },
  )
})

describe('GET /-/functions', () => {
  const u32 = { type: 'integer', minimum: 0, maximum: 0xffff_ffff }

  it('lists what every agent exports, with schemas and descriptions', async () => {
    const response = await ask('')
    const { agents } = await response.json()
    expect(agents).toMatchObject([{ agent: 'math' }])
    expect(agents[0].functions).toContainEqual({
      name: 'acme:math/ops@1.0.0#add',
      description: 'Adds two numbers',
      parameters: {
        type: 'object',
        properties: { left: u32, 'right-hand': u32 },
        required: ['left', 'right-hand'],
        additionalProperties: false,
      },
      result: u32,
    })
    expect(await (await ask('/math')).json()).toEqual(agents[0])
  })

  it('answers 404 for an agent that is not there', async () => {
    expect((await ask('/absent')).status).toBe(404)
  })
})

describe('POST /-/functions/:agent/:function', () => {
  it.for<[string, unknown, unknown]>([
    ['/math/acme:math%2Fops%401.0.0%23add', { left: 40, 'right-hand': 2 }, 42],
    ['/math/acme:math/ops/add', { left: 40, rightHand: 2 }, 42],
    ['/math/acme:math/ops@1.0.0/add', [40, 2], 42],
    ['/math/acme:math/ops/half', { of: 6 }, 3],
  ])('%s with %j answers %j', async ([path, input, result]) => {
    const response = await post(path, input)
    expect([response.status, await response.json()]).toEqual([200, result])
  })

  it.for<[string, unknown, number, string]>([
    ['/math/acme:math/ops/add', { left: 1 }, 400, 'with right-hand: expected u32, got undefined'],
    [
      '/math/acme:math/ops/add',
      { left: 1, 'right-hand': -1 },
      400,
      'with right-hand: expected u32',
    ],
    ['/math/acme:math/ops/add', { lift: 1 }, 400, 'with lift: expected no such field'],
    ['/math/acme:math/ops/add', [1], 400, 'expected array of 2'],
    ['/math/acme:math/ops/add', '{', 400, 'expected arguments in JSON'],
    ['/math/acme:math/ops/add', [1, 'x'.repeat(100)], 413, 'too large'],
    ['/math/acme:math/ops/sub', {}, 404, 'no such function'],
    ['/math/%E0%A4%A', {}, 404, 'no such function'],
    ['/math/trap', {}, 500, 'agent failed'],
    ['/math/spin', '', 504, 'deadline exceeded'],
    ['/absent/add', {}, 404, 'no agent "absent"'],
  ])('%s with %j answers %i: %s', async ([path, input, status, error]) => {
    const response = await post(path, input)
    expect(await response.json()).toEqual({
      error: expect.stringContaining(error),
      requestId: response.headers.get('x-request-id'),
    })
    expect(response.status).toBe(status)
  })

  it('answers 422 with what the function returned as its error', async () => {
    const response = await post('/math/acme:math/ops/half', { of: 7 })
    expect([response.status, await response.json()]).toEqual([
      422,
      { error: 3, requestId: response.headers.get('x-request-id') },
    ])
  })

  it('answers 413 for a body that grows past the limit', async () => {
    const part = new TextEncoder().encode('[1,'.padEnd(600))
    const body = new ReadableStream({
      start(controller) {
        for (let count = 0; count < 3; count++) controller.enqueue(part)
        controller.close()
      },
    })
    const init = { method: 'POST', body, duplex: 'half' } as RequestInit
    expect((await ask('/math/acme:math/ops/add', init)).status).toBe(413)
  })

  it('answers 408 for a body that is not there by the deadline', async () => {
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => controller.enqueue(new TextEncoder().encode('[1,')),
    })
    const init = { method: 'POST', body, duplex: 'half' } as RequestInit
    const response = await ask('/math/acme:math/ops/add', init)
    expect(await response.json()).toEqual({
      error: 'request not sent in time',
      requestId: response.headers.get('x-request-id'),
    })
    expect(response.status).toBe(408)
  })

  it('needs the token, and other methods than POST are not for it', async () => {
    const path = '/math/acme:math/ops/add'
    expect((await ask(path, { method: 'POST', body: '[1,2]', headers: {} })).status).toBe(401)
    expect((await ask('', { headers: { authorization: 'Bearer no' } })).status).toBe(401)
    expect((await ask(path, { method: 'PUT', body: '[1,2]' })).status).toBe(405)
  })

  it('is closed where strangers reach the host and no token is set', async () => {
    const url = closed.url.replace('0.0.0.0', '127.0.0.1')
    const init = { method: 'POST', body: '[1,2]' }
    expect((await fetch(`${url}/-/functions/math/acme:math/ops/add`, init)).status).toBe(403)
  })
})

describe('/-/tools', () => {
  const headers = { authorization: 'Bearer let-me-in' }
  const moved = /^@\d+$/

  it('lists and calls functions as it did, and says where they are now', async () => {
    const listed = await fetch(`${server.url}/-/tools`, { headers })
    const { functions } = await (await ask('/math')).json()
    expect(await listed.json()).toEqual({ agents: [{ agent: 'math', tools: functions }] })
    expect(listed.headers.get('link')).toBe('</-/functions>; rel="successor-version"')
    expect(listed.headers.get('deprecation')).toMatch(moved)
    const path = '/math/acme:math/ops/add'
    const init = { method: 'POST', headers, body: '[40,2]' }
    const called = await fetch(`${server.url}/-/tools${path}`, init)
    expect([called.status, await called.json()]).toEqual([200, 42])
    expect(called.headers.get('link')).toBe(`</-/functions${path}>; rel="successor-version"`)
  })

  it('needs the token, and says to strangers as well that it has moved', async () => {
    const refused = await fetch(`${server.url}/-/tools`)
    expect(refused.status).toBe(401)
    expect(refused.headers.get('deprecation')).toMatch(moved)
  })
})

it('an agent without a handler answers requests with a status that says so', async () => {
  const response = await fetch(`${server.url}/math/`)
  expect(response.status).toBe(501)
})
