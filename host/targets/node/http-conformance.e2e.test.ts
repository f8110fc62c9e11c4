/**
 * Rules for clients on the wire, and the answers they get: one server, an agent of ours and components that serve
 * `wasi:http`, and sockets that send raw bytes. Long because it is one list, on one server.
 *
 * @module
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { request, type IncomingMessage } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { manifestFromObject } from '../../../runtime/manifest/index.ts'
import {
  ANSWER,
  END,
  HELLO,
  INPUT,
  PASS_ON_WITH_TRAILERS,
  RESPONSE,
  service,
  textAt,
} from '../../../runtime/wasi/testing/service.ts'
import { buildAgent } from '../../toolchain/index.ts'
import { writeFiles } from '../../cli/testing/mayfly-process.ts'
import { startServer, type AgentBundle, type MayflyServer } from './index.ts'
import { bodyOf, message, statusOf, Wire } from './testing/wire.ts'

const SOURCE = `
  export default {
    async fetch(request) {
      const { pathname } = new URL(request.url)
      if (pathname === '/echo') return new Response(await request.arrayBuffer())
      const status = /^\\/status\\/(\\d+)$/.exec(pathname)?.[1]
      if (status !== undefined) return new Response(null, { status: Number(status) })
      if (pathname === '/slow') await new Promise((resolve) => setTimeout(resolve, 100))
      return Response.json({ method: request.method, url: request.url, x: request.headers.get('x-given') })
    },
  }
`

const MANY = 2 ** 30
// Deadline of agents in tests with slow clients.
const HASTY_MS = 400
const MEGABYTE = 1_048_576

const ECHO = `${RESPONSE} ${INPUT} ${ANSWER}
  (loop $more
    (call $splice (local.get $s) (local.get $i) (i64.const 65536) (i32.const 16))
    (br_if $more (i32.eqz (i32.load8_u (i32.const 16)))))
  ${END}`

// Ends its answer with the trailers of the request.
const ECHO_TRAILERS = `${RESPONSE} ${INPUT} ${ANSWER} ${PASS_ON_WITH_TRAILERS}`

const FOREVER = `${RESPONSE} ${ANSWER}
  (loop $more
    (call $write (local.get $s) (i32.const 1024) (i32.const 4096) (i32.const 16))
    (br_if $more (i32.eqz (i32.load8_u (i32.const 16)))))`

const TRAILERS = `${RESPONSE} ${ANSWER} ${HELLO} (call $wait (i64.const 5))
  (local.set $i (call $fields))
  (call $append (local.get $i) (i32.const 1041) (i32.const 7) (i32.const 1050) (i32.const 4) (i32.const 16))
  (call $drop-stream (local.get $s))
  (call $finish (local.get $b) (i32.const 1) (local.get $i) (i32.const 32))`

// The same with headers that say so.
const ANNOUNCED = TRAILERS.replace(
  '(call $response (call $fields))',
  `(block (result i32)
    (local.set $i (call $fields))
    ${textAt(2048, 'trailer')}
    (call $append (local.get $i) (i32.const 2048) (i32.const 7) (i32.const 1041) (i32.const 7) (i32.const 16))
    (call $response (local.get $i)))`,
)

function withStatus(status: number): string {
  return `${RESPONSE} (drop (call $status (local.get $r) (i32.const ${status}))) ${ANSWER} ${HELLO} ${END}`
}

// Statuses that a component may set, and that no client may get as its answer.
const NOT_FINAL = [100, 101, 103, 199, 600, 999] as const

// Waits for the rest of the body before it answers.
const ANSWER_WHOLE = `${INPUT}
  (loop $more
    (call $read (local.get $i) (i64.const 65536) (i32.const 16))
    (br_if $more (i32.eqz (i32.load8_u (i32.const 16)))))
  ${RESPONSE} ${ANSWER} ${HELLO} ${END}`

const SERVICES: Readonly<Record<string, string>> = {
  wasi: ECHO,
  early: `${RESPONSE} ${ANSWER} ${HELLO} ${END}`,
  forever: FOREVER,
  trailers: TRAILERS,
  announced: ANNOUNCED,
  'echo-trailers': ECHO_TRAILERS,
  'at-once': TRAILERS.replace('(call $wait (i64.const 5))', ''),
  empty: withStatus(204),
  same: withStatus(304),
  ...Object.fromEntries(NOT_FINAL.map((status) => [`status-${status}`, withStatus(status)])),
}

let directory = ''
let server: MayflyServer

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'mayfly-http-'))
  const [ours, ...services] = await Promise.all([
    agent(),
    ...Object.keys(SERVICES).map((name) => wasiService(name)),
    wasiService('whole', HASTY_MS),
  ])
  const { manifest } = ours
  const limits = { ...manifest.limits, deadlineMs: HASTY_MS }
  const hasty = { ...ours, manifest: { ...manifest, name: 'hasty', route: '/hasty/*', limits } }
  const agents = [ours, { ...hasty, revision: 'hasty' }, ...services]
  const allowedHosts = ['*']
  server = await startServer({ agents, port: 0, allowedHosts, workers: 1, logLevel: 'silent' })
  expect(server.refused).toEqual([])
}, 120_000)

afterAll(async () => {
  await server?.close()
  rmSync(directory, { recursive: true, force: true })
})

async function agent(): Promise<AgentBundle> {
  const limits = { requestBodyBytes: 4 * MEGABYTE, responseBodyBytes: 4 * MEGABYTE }
  writeFiles(directory, {
    'agent.json': { name: 'ours', source: 'agent.ts', limits },
    'agent.ts': SOURCE,
  })
  const built = await buildAgent({ directory, cacheDirectory: join(directory, 'cache') })
  return { manifest: built.manifest, component: new Uint8Array(built.component), revision: '1' }
}

async function wasiService(name: string, deadlineMs = 60_000): Promise<AgentBundle> {
  const limits = { requestBodyBytes: MANY, responseBodyBytes: MANY, deadlineMs }
  const component = new Uint8Array(await service(SERVICES[name] ?? ANSWER_WHOLE))
  return { manifest: manifestFromObject({ name, limits }), component, revision: name }
}

/** Sends a whole request and returns all that comes until the server closes. */
async function exchange(text: string): Promise<string> {
  using wire = new Wire(server.url)
  wire.send(text)
  // Awaited here: the wire is cut where this returns.
  return await wire.closed()
}

function get(target: string, ...headers: readonly string[]): string {
  return message('GET', target, ['Connection: close', ...headers])
}

/** Returns the request as the agent saw it, from a complete answer. */
async function seen(target: string, method = 'GET'): Promise<unknown> {
  const answer = await exchange(message(method, target, ['Connection: close', 'x-given: y']))
  return JSON.parse(bodyOf(answer))
}

async function active(): Promise<number> {
  const response = await fetch(`${server.url}/-/agents`)
  const { agents } = (await response.json()) as { agents: { active: number }[] }
  return agents.reduce((sum, each) => sum + each.active, 0)
}

async function expectIdle(): Promise<void> {
  await vi.waitFor(async () => expect(await active()).toBe(0), { timeout: 5000, interval: 20 })
}

function pattern(length: number): Uint8Array<ArrayBuffer> {
  return Uint8Array.from({ length }, (_, index) => (index * 31) & 255)
}

const ECHOES = ['/ours/echo', '/wasi/'] as const

describe('bodies', () => {
  const lengths = [0, 1, MEGABYTE]
  it.for(ECHOES.flatMap((path) => lengths.map((length) => [path, length] as const)))(
    'pass %s unchanged: %i bytes',
    async ([path, length]) => {
      const sent = pattern(length)
      const response = await fetch(server.url + path, { method: 'POST', body: sent })
      expect(response.status).toBe(200)
      expect(Buffer.from(await response.arrayBuffer()).equals(sent)).toBe(true)
    },
  )

  it('stream through a component: 100 MB, in pieces', async () => {
    const chunk = pattern(65_536)
    const chunks = 1600
    let pulled = 0
    const body = new ReadableStream<Uint8Array>({
      pull(controller) {
        if (pulled++ === chunks) controller.close()
        else controller.enqueue(chunk)
      },
    })
    let mostAhead = 0
    const init: RequestInit & { duplex: 'half' } = { method: 'POST', body, duplex: 'half' }
    const response = await fetch(`${server.url}/wasi/`, init)
    let received = 0
    for await (const part of response.body ?? []) {
      received += part.byteLength
      mostAhead = Math.max(mostAhead, pulled - received / chunk.byteLength)
    }
    expect(received).toBe(chunks * chunk.byteLength)
    // Chunks on their way, most of them in the buffers of two sockets. Together they are 1600.
    expect(mostAhead).toBeLessThan(400)
  })

  it.for(ECHOES)('may come in chunks: %s', async (path) => {
    const headers = ['Transfer-Encoding: chunked', 'Connection: close']
    const answer = await exchange(
      message('POST', path, headers, '3\r\nabc\r\n2;note=x\r\nde\r\n0\r\n\r\n'),
    )
    expect(statusOf(answer)).toBe(200)
    expect(bodyOf(answer)).toContain('abcde')
  })

  it.for(ECHOES)('may come a byte at a time: %s', async (path) => {
    using wire = new Wire(server.url)
    wire.send(message('POST', path, ['Content-Length: 5', 'Connection: close']))
    for (const byte of 'abcde') {
      await new Promise((resolve) => setTimeout(resolve, 10))
      wire.send(byte)
    }
    expect(bodyOf(await wire.closed())).toContain('abcde')
  })

  it.for(ECHOES)('are asked for with 100 Continue: %s', async (path) => {
    using wire = new Wire(server.url)
    wire.send(
      message('POST', path, ['Content-Length: 4', 'Expect: 100-continue', 'Connection: close']),
    )
    expect(await wire.until(/\r\n\r\n/)).toMatch(/^HTTP\/1\.1 100 Continue\r\n/)
    wire.send('body')
    expect(bodyOf((await wire.closed()).replace(/^.*?\r\n\r\n/s, ''))).toContain('body')
  })

  it('over the limit are refused, whether declared or not', async () => {
    const declared = message('POST', '/ours/echo', ['Content-Length: 9999999', 'Connection: close'])
    using wire = new Wire(server.url)
    wire.send(declared)
    expect(statusOf(await wire.until(/\r\n\r\n/))).toBe(413)
    const part = `100000\r\n${'x'.repeat(MEGABYTE)}\r\n`
    using other = new Wire(server.url)
    other.send(message('POST', '/ours/echo', ['Transfer-Encoding: chunked'], part.repeat(5)))
    expect(statusOf(await other.until(/\r\n\r\n/))).toBe(413)
  })
})

describe('answers', () => {
  it.for(['/ours/status/200', '/early/'])('to HEAD have no body: %s', async (path) => {
    using wire = new Wire(server.url)
    wire.send(message('HEAD', path, []) + message('HEAD', path, ['Connection: close']))
    const answer = await wire.closed()
    expect(answer).toMatch(/^HTTP\/1\.1 200 OK\r\n(.+\r\n)+\r\nHTTP\/1\.1 200 OK\r\n(.+\r\n)+\r\n$/)
  })

  it.for([
    ['/ours/status/204', 204],
    ['/ours/status/304', 304],
    ['/empty/', 204],
    ['/same/', 304],
  ] as const)('of %s have no body and frame none', async ([path, status]) => {
    const answer = await exchange(get(path))
    expect(statusOf(answer)).toBe(status)
    expect(bodyOf(answer)).toBe('')
    expect(answer).not.toMatch(/transfer-encoding|content-length: [1-9]/i)
  })

  it.for(['trailers', 'at-once', 'announced'])('may have trailers: %s', async (name) => {
    const answer = await new Promise<IncomingMessage>((resolve, reject) => {
      request(`${server.url}/${name}/`, resolve).on('error', reject).end()
    })
    let text = ''
    for await (const chunk of answer) text += String(chunk)
    expect([text, answer.trailers]).toEqual(['hello world', { 'x-agent': 'test' }])
  })

  it('announce trailers only where there is room for them', async () => {
    const path = '/announced/'
    expect(await exchange(get(path))).toMatch(/^trailer: x-agent\r$/m)
    const head = await exchange(message('HEAD', path, ['Connection: close']))
    const old = await exchange(`GET ${path} HTTP/1.0\r\n\r\n`)
    expect([statusOf(head), statusOf(old)]).toEqual([200, 200])
    expect(`${head}${old}`).not.toMatch(/^trailer:/im)
    expect(bodyOf(old)).toBe('hello world')
  })

  it.for<[string, Record<string, string>]>([
    ['X-Sum: abc\r\nx-sum: def\r\n', { 'x-sum': 'abc, def' }],
    ['', {}],
  ])('give back the trailers of the request: %j', async ([lines, trailers]) => {
    using wire = new Wire(server.url)
    const chunked = `5\r\nhello\r\n0\r\n${lines}\r\n`
    wire.send(message('POST', '/echo-trailers/', ['Transfer-Encoding: chunked'], chunked))
    const answer = await wire.until(/\r\n0\r\n([^]*\r\n)?\r\n$/)
    const last = answer.slice(answer.lastIndexOf('\r\n0\r\n') + 5)
    const found = [...last.matchAll(/^([^:\r]+): ([^\r]*)\r$/gm)].map(([, name, value]) => [
      name,
      value,
    ])
    const joined: Record<string, string> = {}
    for (const [name = '', value = ''] of found)
      joined[name] = joined[name] === undefined ? value : `${joined[name]}, ${value}`
    expect(joined).toEqual(trailers)
    expect(answer).toContain('hello')
  })

  it('may go out while the body of the request still comes', async () => {
    using wire = new Wire(server.url)
    wire.send(message('POST', '/early/', ['Content-Length: 1000000'], 'x'.repeat(1000)))
    expect(await wire.until(/hello world/)).toMatch(/^HTTP\/1\.1 200/)
  })

  it('wait for a client that does not read', async () => {
    using wire = new Wire(server.url)
    wire.socket.pause()
    const before = process.memoryUsage.rss()
    wire.send(message('GET', '/forever/', []))
    await new Promise((resolve) => setTimeout(resolve, 500))
    expect(await active()).toBe(1)
    // The kernel holds the bytes of sockets. A guest that was not held back would write hundreds of megabytes.
    expect(process.memoryUsage.rss() - before).toBeLessThan(64 * MEGABYTE)
    wire.socket.resume()
    await vi.waitFor(() => expect(wire.received.length).toBeGreaterThan(4 * MEGABYTE), {
      timeout: 10_000,
    })
    wire.socket.destroy()
    await expectIdle()
  })

  it('come in the order of requests that are sent at once', async () => {
    const answer = await exchange(
      message('GET', '/ours/slow', []) +
        message('GET', '/early/', []) +
        message('POST', '/ours/echo', ['Content-Length: 3'], 'abc') +
        get('/ours/last'),
    )
    const order = ['/slow', 'hello world', 'abc', '/last'].map((text) => answer.indexOf(text))
    expect(order).toEqual([...order].sort((a, b) => a - b))
    expect(order).not.toContain(-1)
  })

  it('leave the connection open', async () => {
    using wire = new Wire(server.url)
    for (let round = 0; round < 3; round++) {
      wire.received = ''
      wire.send(message('GET', `/ours/${round}`, []))
      expect(await wire.until(new RegExp(`/${round}"`))).toMatch(/connection: keep-alive/i)
    }
  })
})

describe('a client that goes away', () => {
  it.for(ECHOES)('in the middle of its body ends the guest: %s', async (path) => {
    using wire = new Wire(server.url)
    wire.send(message('POST', path, ['Content-Length: 1000'], 'part'))
    await vi.waitFor(async () => expect(await active()).toBe(1))
    wire.socket.destroy()
    await expectIdle()
  })

  it('in the middle of the answer ends the guest', async () => {
    using wire = new Wire(server.url)
    wire.send(message('GET', '/forever/', []))
    await wire.until(/\r\n\r\n/)
    wire.socket.destroy()
    await expectIdle()
  })
})

describe('requests that are not HTTP', () => {
  const line = 'POST /ours/echo HTTP/1.1\r\nHost: a\r\nConnection: close\r\n'
  it.for([
    [
      'a header name with a byte that may not be',
      'GET /ours/ HTTP/1.1\r\nHost: a\r\na\x01b: x\r\n\r\n',
    ],
    ['a header value with a zero byte', 'GET /ours/ HTTP/1.1\r\nHost: a\r\na: x\x00y\r\n\r\n'],
    [
      'a header that ends with LF of its own',
      'GET /ours/ HTTP/1.1\r\nHost: a\r\na: x\n b: y\r\n\r\n',
    ],
    ['two hosts', 'GET /ours/ HTTP/1.1\r\nHost: a\r\nHost: b\r\nConnection: close\r\n\r\n'],
    [
      'the same host twice',
      'GET /ours/ HTTP/1.1\r\nHost: a\r\nHost: a\r\nConnection: close\r\n\r\n',
    ],
    ['no host', 'GET /ours/ HTTP/1.1\r\n\r\n'],
    ['two lengths', `${line}Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd`],
    ['the same length twice', `${line}Content-Length: 3\r\nContent-Length: 3\r\n\r\nabc`],
    [
      'a length and chunks',
      `${line}Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
    ],
    [
      'chunks and a length',
      `${line}Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n`,
    ],
    ['chunks that are not last', `${line}Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n`],
    ['a space before the colon', `${line}Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n`],
    ['a length that is no number', `${line}Content-Length: +3\r\n\r\nabc`],
    ['a length below zero', `${line}Content-Length: -3\r\n\r\nabc`],
    ['a folded header', 'GET /ours/ HTTP/1.1\r\nHost: a\r\nx-a: b\r\n c\r\n\r\n'],
    ['a method that is no word', 'G(T /ours/ HTTP/1.1\r\nHost: a\r\n\r\n'],
    ['a version there is not', 'GET /ours/ HTTP/9.9\r\nHost: a\r\n\r\n'],
  ] as const)('answers 400: %s', async ([, text]) => {
    expect(statusOf(await exchange(text))).toBe(400)
  })

  it('answers 400 to a chunk whose length is no number', async () => {
    const answer = await exchange(`${line}Transfer-Encoding: chunked\r\n\r\nzz\r\nabc\r\n0\r\n\r\n`)
    expect(statusOf(answer)).toBe(400)
    await expectIdle()
  })
})

describe('requests with too much', () => {
  it('of headers get 431', async () => {
    const many = Array.from({ length: 32_769 }, (_, index) => `x-${index}: `)
    expect(statusOf(await exchange(get('/ours/', ...many)))).toBe(431)
  })

  it('in their headers get 431', async () => {
    expect(statusOf(await exchange(get('/ours/', `x-large: ${'x'.repeat(100_000)}`)))).toBe(431)
  })

  it('in their line get 431', async () => {
    expect(statusOf(await exchange(get(`/ours/${'x'.repeat(100_000)}`)))).toBe(431)
  })

  it('of short headers are not cut off silently', async () => {
    const some = Array.from({ length: 3000 }, () => 'a:')
    const answer = await exchange(get('/ours/', ...some, 'x-given: last'))
    expect([200, 431]).toContain(statusOf(answer))
    if (statusOf(answer) === 200) expect(bodyOf(answer)).toContain('"last"')
  })
})

describe('methods', () => {
  it.for(['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'PROPFIND'])(
    '%s reaches the agent',
    async (method) => {
      expect(await seen('/ours/x', method)).toMatchObject({ method })
    },
  )
})

describe('targets', () => {
  it.for([
    ['percent-encoded', '/ours/a%2Fb%20%25?c=%26%3d', 'http://a/a%2Fb%20%25?c=%26%3d'],
    ['unicode, encoded', '/ours/%E2%9C%93/%c3%a9', 'http://a/%E2%9C%93/%c3%a9'],
    ['with slashes in turn', '/ours//a//b/', 'http://a//a//b/'],
    ['long', `/ours/${'x'.repeat(8000)}?q`, `http://a/${'x'.repeat(8000)}?q`],
    ['with nothing in the query', '/ours/x?', 'http://a/x?'],
    ['absolute', 'http://a/ours/x?y', 'http://a/x?y'],
  ] as const)('are passed on as sent: %s', async ([, target, url]) => {
    expect(await seen(target)).toMatchObject({ url, x: 'y' })
  })

  it('with bytes that are not encoded never fail the host', async () => {
    expect(statusOf(await exchange(get('/ours/\xe2\x9c\x93')))).toBeLessThan(500)
  })

  it('of the whole server are not an agent', async () => {
    const answer = await exchange(message('OPTIONS', '*', ['Connection: close']))
    expect([400, 404]).toContain(statusOf(answer))
  })

  it('do not leave their agent through dots', async () => {
    const target = '/ours/../-/nothing'
    const to = (host: string): string =>
      `GET ${target} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`
    // The control plane answers: the path does not exist, and under other names than this machine's it says less.
    expect(statusOf(await exchange(to('localhost')))).toBe(404)
    expect(statusOf(await exchange(to('ours.example')))).toBe(403)
  })
})

describe('hosts', () => {
  it.for([
    'a,b',
    '127.999.1.1',
    '127.1',
    '0x7f.1',
    '',
    'u:p@foo',
    'foo|bar',
    'localhost/x',
    'foo:99999',
    '[fe80::1%25eth0]',
    '\xfcn\xef',
  ])('that readers may read as two are refused: %j', async (host) => {
    const answer = await exchange(`GET /ours/x HTTP/1.1\r\nHost: ${host}\r\n\r\n`)
    expect([statusOf(answer), JSON.parse(bodyOf(answer))]).toEqual([
      400,
      { error: 'not a host', requestId: expect.stringMatching(/^[0-9a-f-]{36}$/) },
    ])
  })

  it.for(['a', 'A.example', 'localhost:1', '[::1]:80', '127.0.0.1:8787', 'a_b.c.', '3com'])(
    'that all readers read alike are served: %j',
    async (host) => {
      const close = 'Connection: close\r\n'
      const answer = await exchange(`GET /ours/x HTTP/1.1\r\nHost: ${host}\r\n${close}\r\n`)
      expect(statusOf(answer)).toBe(200)
    },
  )

  it.for([
    ['http://evil.example/ours/x', 400],
    ['http://a@evil.example/ours/x', 400],
    ['http://u:p@a/ours/x', 400],
    ['http://a:81/ours/x', 400],
    ['http://A:80/ours/x', 200],
    ['https:/ours/x', 400],
    ['a:80', 400],
    ['ours/x', 400],
    ['/ours\\x', 400],
  ] as const)('of a target are the host of the request: %s', async ([target, status]) => {
    expect(statusOf(await exchange(get(target)))).toBe(status)
  })
})

describe('requests for something else than an answer', () => {
  it.for([
    ['TRACE', '/ours/x'],
    ['TRACE', '/-/health'],
    ['CONNECT', 'a:80'],
  ] as const)('get 405: %s %s', async ([method, target]) => {
    const answer = await exchange(message(method, target, ['Connection: close']))
    expect(statusOf(answer)).toBe(405)
    expect(answer).toMatch(/^allow: GET, HEAD, POST/im)
    expect(JSON.parse(bodyOf(answer))).toMatchObject({ error: `method ${method} not allowed` })
  })

  it.for(['websocket', 'h2c, websocket', 'connect-udp'])(
    'get 400: Upgrade: %s',
    async (protocol) => {
      const answer = await exchange(
        message('GET', '/ours/x', [`Upgrade: ${protocol}`, 'Connection: upgrade']),
      )
      expect([statusOf(answer), JSON.parse(bodyOf(answer))]).toEqual([
        400,
        { error: 'no other protocol is served', requestId: expect.any(String) },
      ])
    },
  )

  // As curl --http2 does, which continues with HTTP/1.1.
  it.for(['h2c', 'TLS/1.0, HTTP/2.0'])('may do without it: Upgrade: %s', async (protocol) => {
    const headers = [`Upgrade: ${protocol}`, 'Connection: Upgrade, HTTP2-Settings, close']
    const answer = await exchange(
      message(
        'POST',
        '/ours/echo',
        [...headers, 'HTTP2-Settings: AAMAAABk', 'Content-Length: 3'],
        'abc',
      ),
    )
    expect([statusOf(answer), bodyOf(answer)]).toEqual([200, 'abc'])
  })
})

describe('a status that ends no answer', () => {
  it.for(NOT_FINAL)('%i gets 502, and the next request its own answer', async (status) => {
    const answer = await exchange(message('GET', `/status-${status}/`, []) + get('/ours/next'))
    expect(answer).toMatch(/^HTTP\/1\.1 502 [^]*HTTP\/1\.1 200 [^]*\/next/)
    expect(answer.match(/HTTP\/1\.1 /g)).toHaveLength(2)
  })
})

describe('a request that comes slowly', () => {
  const targets = ['/hasty/echo', '/whole/']

  it.for(targets)('has the deadline of its agent, and gets 408: %s', async (target) => {
    using wire = new Wire(server.url)
    wire.send(message('POST', target, ['Transfer-Encoding: chunked']))
    const trickle = setInterval(() => wire.send('1\r\nx\r\n'), 20)
    try {
      const answer = await wire.closed()
      expect(statusOf(answer)).toBe(408)
      expect(answer).toMatch(/^connection: close/im)
    } finally {
      clearInterval(trickle)
    }
    await expectIdle()
  })

  it.for(targets)('and stops gets 408 as well: %s', async (target) => {
    using wire = new Wire(server.url)
    wire.send(message('POST', target, ['Content-Length: 100'], 'part'))
    expect(statusOf(await wire.closed())).toBe(408)
    await expectIdle()
  })

  it('is answered when it is there in time', async () => {
    using wire = new Wire(server.url)
    wire.send(message('POST', '/hasty/echo', ['Content-Length: 2', 'Connection: close'], 'a'))
    await vi.waitFor(async () => expect(await active()).toBe(1))
    wire.send('b')
    expect(bodyOf(await wire.closed())).toBe('ab')
  })
})

describe('HTTP/1.0', () => {
  it.for(['/ours/x', '/early/'])('is answered, and the connection closed: %s', async (path) => {
    const answer = await exchange(`GET ${path} HTTP/1.0\r\nHost: a\r\n\r\n`)
    expect(statusOf(answer)).toBe(200)
    expect(answer).not.toMatch(/transfer-encoding/i)
  })

  // Health checks of HAProxy send this.
  it.for(['/ours/x', '/early/', '/-/health'])('needs no host: %s', async (path) => {
    expect(statusOf(await exchange(`GET ${path} HTTP/1.0\r\n\r\n`))).toBe(200)
  })
})
