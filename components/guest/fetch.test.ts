/**
 * `fetch` of an agent against a server on this machine: what it sees is what Node's own `fetch` sees, and each failure has
 * its kind.
 *
 * @module
 */
import { createServer, type Server } from 'node:http'
import { createServer as createSocketServer, type AddressInfo, type Socket } from 'node:net'
import { fileURLToPath } from 'node:url'
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { guardedFetch } from '../../host/drivers/guarded-fetch/index.ts'
import { buildAgent } from '../../host/toolchain/index.ts'
import { manifestFromObject } from '../../runtime/manifest/index.ts'
import { Runtime } from '../../runtime/presets/index.ts'
import { HAS_PEERS, NEEDS_PEERS } from '../../runtime/testing/peers.ts'
import {
  describeFetch,
  type Asked,
  type Failed,
  type Seen,
} from './fixture/fetching/describe-fetch.ts'
import { sharedCode } from '../../runtime/testing/shared-code.ts'

type Agent = Awaited<ReturnType<Runtime['load']>>

const TEXT = 'plain and simple, '.repeat(100)
const ENCODED: Readonly<Record<string, [coding: string, body: Buffer]>> = {
  '/gzip': ['gzip', gzipSync(TEXT)],
  '/x-gzip': ['x-gzip', gzipSync(TEXT)],
  '/deflate': ['deflate', deflateSync(TEXT)],
  '/deflate-raw': ['deflate', deflateRawSync(TEXT)],
  '/br': ['br', brotliCompressSync(TEXT)],
  '/both': ['deflate, gzip', gzipSync(deflateSync(TEXT))],
  '/nothing': ['gzip', Buffer.alloc(0)],
  '/unknown': ['snappy', Buffer.from(TEXT)],
}

let server: Server
/** Answers with what the path says, byte by byte. */
let raw: ReturnType<typeof createSocketServer>
let base = ''
let rawBase = ''
let runtime: Runtime
let agent: Agent
let directed: Agent
const hints: string[] = []

beforeAll(async () => {
  server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '', 'http://a')
    const encoded = ENCODED[pathname]
    const status = /^\/(30\d)$/.exec(pathname)?.[1]
    if (encoded !== undefined) {
      response.writeHead(200, {
        'content-encoding': encoded[0],
        'content-length': encoded[1].length,
      })
      response.end(request.method === 'HEAD' ? undefined : encoded[1])
    } else if (status !== undefined) {
      const location = searchParams.get('to')
      response.writeHead(Number(status), location === null ? {} : { location }).end('moved')
    } else if (pathname === '/echo') {
      const chunks: Buffer[] = []
      request.on('data', (chunk: Buffer) => chunks.push(chunk))
      request.on('end', () => {
        const { method, headers } = request
        const shown = ['a', 'authorization', 'content-type', 'content-length', 'cookie']
        const seen = shown.map((name) => headers[name])
        response.end(
          JSON.stringify([method, request.url, seen, Buffer.concat(chunks).toString('latin1')]),
        )
      })
    } else if (pathname === '/cookies') {
      response.writeHead(
        200,
        [
          ['Set-Cookie', 'a=1'],
          ['X-A', '1'],
          ['set-cookie', 'b=2'],
          ['x-a', '2'],
        ].flat(),
      )
      response.end('ok')
    } else if (pathname === '/empty') response.writeHead(204).end()
    else if (pathname === '/same') response.writeHead(304, { etag: '"x"' }).end()
    else if (pathname === '/never') response.on('close', () => {})
    else response.writeHead(404, { 'content-type': 'text/plain' }).end('not here')
  })
  raw = createSocketServer((socket) => {
    socket.on('error', () => {})
    socket.once('data', (chunk: Buffer) =>
      answerRaw(socket, /^GET (\S+)/.exec(String(chunk))?.[1] ?? ''),
    )
  })
  for (const each of [server, raw])
    await new Promise<void>((resolve) => each.listen(0, '127.0.0.1', resolve))
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  rawBase = `http://127.0.0.1:${(raw.address() as AddressInfo).port}`
  runtime = new Runtime({
    codeStore: sharedCode,
    drivers: { http: guardedFetch(), log: { write: () => {} } },
    onInvocation: ({ events }) => void hints.push(...events.flatMap(({ hint }) => hint ?? [])),
  })
  agent = await load('fetching', 'quickjs')
}, 60_000)

afterAll(async () => {
  await runtime.close()
  server.closeAllConnections()
  server.close()
  raw.close()
})

async function load(
  name: string,
  engine: 'quickjs' | 'componentize-qjs',
  limits = {},
): Promise<Agent> {
  const directory = fileURLToPath(new URL('fixture/fetching', import.meta.url))
  const built = await buildAgent({ directory, engine })
  const ports = [base, rawBase, CLOSED].map((url) => Number(new URL(url).port))
  const rule = { host: '127.0.0.1', scheme: 'http', network: 'loopback' }
  const http = ports.map((port) => ({ ...rule, port, methods: ['GET', 'HEAD', 'POST', 'PUT'] }))
  const { capabilities, limits: bounds } = manifestFromObject({
    name,
    capabilities: { http },
    limits,
  })
  return runtime.load({
    ...built,
    manifest: { ...built.manifest, name, capabilities, limits: bounds },
  })
}

// No one listens there: a port of the system, which no test may open.
const CLOSED = 'http://127.0.0.1:1'

function answerRaw(socket: Socket, path: string): void {
  const head = 'HTTP/1.1 200 OK\r\n'
  if (path === '/cut') socket.end(`${head}Content-Length: 10\r\n\r\nhalf`)
  else if (path === '/cut-chunks')
    socket.end(`${head}Transfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n`)
  else if (path === '/reset') socket.resetAndDestroy()
  else if (path === '/garbage') socket.end('what?\r\n\r\n')
  else if (path === '/not-gzip')
    socket.end(`${head}Content-Encoding: gzip\r\nContent-Length: 4\r\n\r\nhalf`)
  else if (path === '/until-closed') socket.end(`${head}\r\nto the end`)
  else socket.end(`${head}Content-Length: 2\r\nX-A: \xe4\xff\r\n\r\nok`, 'latin1')
}

async function ask(asked: Asked, by: Agent = agent): Promise<Seen | Failed> {
  const response = await by.fetch(
    new Request('http://agent/', { method: 'POST', body: JSON.stringify(asked) }),
  )
  return (await response.json()) as Seen | Failed
}

const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value))

const POST = {
  method: 'POST',
  body: 'ä',
  headers: [
    ['a', 'b'],
    ['authorization', 'x'],
  ],
} satisfies Asked['init']

describe('fetch() sees what Node sees', () => {
  const modes = ['follow', 'manual', 'error'] as const
  const to = (target: string): string => `?to=${encodeURIComponent(target)}`

  it.each<[path: string, init?: Asked['init']]>([
    ['/echo'],
    ['/echo?query#fragment'],
    ['/echo', POST],
    ['/echo', { method: 'PUT', body: '' }],
    [
      '/echo',
      {
        headers: [
          ['cookie', 'a=1'],
          ['cookie', 'b=2'],
        ],
      },
    ],
    ['/cookies'],
    ['/missing'],
    ['/empty'],
    ['/same'],
    ...Object.keys(ENCODED).map((path): [string] => [path]),
    ['/gzip', { method: 'HEAD' }],
    ...modes.flatMap((redirect) =>
      ['/echo', `/302${to('/echo')}`, '/302', '/304'].map((path): [string, Asked['init']] => [
        path,
        { redirect },
      ]),
    ),
    ...[301, 302, 303, 307, 308].flatMap((status): [string, Asked['init']][] => [
      [`/${status}${to('/echo?x')}`, POST],
      [`/${status}${to(`/${status}${to('/echo#part')}`)}`, {}],
      [`/${status}${to('/echo')}`, { method: 'HEAD' }],
      [`/${status}${to('/echo')}`, { method: 'PUT', body: 'x' }],
    ]),
    [`/302${to('')}`, { redirect: 'manual' }],
    [`/302${to('/302')}`],
    [`/302${to('echo?a b')}`],
    [`/302${to(Buffer.from('echo?ä€').toString('latin1'))}`],
    [`/302${to('echo?\xe4')}`],
  ])('%s %j', async (path, init) => {
    const asked = { url: base + path, ...(init && { init }) }
    const expected = plain(await describeFetch(asked)) as Seen
    const seen = await ask(asked)
    if ('message' in expected) {
      expect(seen).toMatchObject({ name: 'TypeError', isTypeError: true })
      return
    }
    expect(seen).toEqual(expected)
  })

  it.each(['/', '/until-closed'])('of a raw server: %s', async (path) => {
    const asked = { url: rawBase + path }
    expect(await ask(asked)).toEqual(plain(await describeFetch(asked)))
  })
})

describe('fetch() fails with a TypeError that has a code and a cause', () => {
  it.each<[code: string, message: RegExp, asked: () => Asked, hint: RegExp]>([
    [
      'denied',
      /^Cannot fetch https:.*: denied$/,
      () => ({ url: 'https://evil.example/' }),
      /host "evil\.example": not granted/,
    ],
    [
      'denied',
      /: denied$/,
      () => ({ url: `${base}/x`, init: { method: 'DELETE' } }),
      /method "DELETE": GET, HEAD, POST, PUT granted/,
    ],
    [
      'denied',
      /: denied$/,
      () => ({ url: base.replace('http:', 'https:') }),
      /scheme "https": "http" granted/,
    ],
    ['denied', /: denied$/, () => ({ url: `http://127.0.0.1:9/` }), /port 9: /],
    [
      'denied',
      /: denied$/,
      () => ({ url: `${base}/302?to=${encodeURIComponent('http://b.test/')}` }),
      /host "b\.test": not granted/,
    ],
    ['malformed', /: malformed$/, () => ({ url: 'ftp://127.0.0.1/' }), /absolute URL of http/],
    [
      'malformed',
      /: malformed$/,
      () => ({ url: base, init: { headers: [['Keep-Alive', 'x']] } }),
      /"keep-alive"/,
    ],
    ['unavailable', /^fetch failed$/, () => ({ url: CLOSED }), /ECONNREFUSED/],
    ['unavailable', /^fetch failed$/, () => ({ url: `${rawBase}/reset` }), /./],
    ['unavailable', /^fetch failed$/, () => ({ url: `${rawBase}/garbage` }), /Parse Error/],
    ['unavailable', /^fetch failed$/, () => ({ url: `${rawBase}/cut` }), /./],
    ['unavailable', /^fetch failed$/, () => ({ url: `${rawBase}/cut-chunks` }), /./],
    [
      'unavailable',
      /^fetch failed$/,
      () => ({ url: `${rawBase}/not-gzip` }),
      /Cannot decode the response as "gzip"/,
    ],
    [
      'redirected',
      /: redirected$/,
      () => ({ url: `${base}/302?to=/echo`, init: { redirect: 'error' } }),
      /follows no redirect/,
    ],
    ['denied', /: denied$/, () => ({ url: `${base}/302?to=data:,x` }), /not granted/],
  ])('%s %s', async (code, message, asked, hint) => {
    hints.length = 0
    const failed = await ask(asked())
    expect(failed).toEqual({
      name: 'TypeError',
      isTypeError: true,
      message: expect.stringMatching(message),
      code,
      cause: ['CapabilityError', code],
    })
    expect(hints.at(-1)).toMatch(hint)
    // What the operator gets is not for the guest.
    expect((failed as Failed).message).not.toMatch(hint.source === '.' ? /ECONN/ : hint)
  })

  it('limited', async () => {
    const small = await load('small', 'quickjs', { inboundBytes: 1000 })
    const failed = await ask({ url: `${base}/gzip` }, small)
    expect(failed).toMatchObject({
      isTypeError: true,
      code: 'limited',
      cause: ['CapabilityError', 'limited'],
    })
  })

  it('rejects with the reason of its signal', async () => {
    const failed = await ask({ url: `${base}/never`, init: { timeoutMs: 20 } })
    expect(failed).toMatchObject({ name: 'TimeoutError', isTypeError: false })
  })
})

describe.runIf(HAS_PEERS)(`fetch() of an engine of others (${NEEDS_PEERS})`, () => {
  beforeAll(async () => {
    directed = await load('directed', 'componentize-qjs')
  }, 60_000)

  it('follows redirects, and refuses what its interface cannot do', async () => {
    const url = `${base}/302?to=/echo`
    expect(await ask({ url }, directed)).toMatchObject({ status: 200 })
    for (const redirect of ['manual', 'error'] as const) {
      const failed = await ask({ url, init: { redirect } }, directed)
      expect(failed).toMatchObject({
        isTypeError: true,
        message: expect.stringContaining(redirect),
      })
    }
  })
})
