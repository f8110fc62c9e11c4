/**
 * Agents that pass requests on as they came, the commonest there are: behind every kind of client, and with
 * every field that must not be passed on.
 *
 * @module
 */
import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { manifestFromObject } from '../../../runtime/manifest/index.ts'
import { HAS_PEERS, NEEDS_PEERS } from '../../../runtime/testing/peers.ts'
import { proxyTo, service } from '../../../runtime/wasi/testing/service.ts'
import { buildAgent } from '../../toolchain/index.ts'
import { writeFiles } from '../../cli/testing/mayfly-process.ts'
import { startServer, type AgentBundle, type MayflyServer } from './index.ts'
import { bodyOf, message, statusOf, Wire } from './testing/wire.ts'

const run = promisify(execFile)

/** The three ways in which programs pass a request on; the last sets fields that it may not set. */
function proxySource(upstream: string): string {
  return `
  export default {
    async fetch(request) {
      const { pathname } = new URL(request.url)
      const to = '${upstream}' + pathname
      if (pathname === '/wrong') return fetch(to, { headers: { 'Keep-Alive': 'timeout=5' } })
      if (pathname === '/trailers') return fetch(to, { headers: { te: 'trailers' } })
      if (pathname === '/object') return fetch(to, { headers: Object.fromEntries(request.headers) })
      if (pathname === '/request') return fetch(new Request(to, request))
      return fetch(to, { method: request.method, headers: request.headers, body: request.body, duplex: 'half' })
    },
  }`
}

interface Echo {
  readonly method: string
  /** Names in lower case. */
  readonly headers: [name: string, value: string][]
  readonly body: string
}

let directory = ''
let upstream: Server
let authority = ''
let server: MayflyServer

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'mayfly-proxy-'))
  upstream = createServer((request, response) => {
    let body = ''
    request.on('data', (chunk) => (body += String(chunk)))
    request.on('end', () => {
      const { method, rawHeaders } = request
      const headers = rawHeaders.flatMap((name, index) =>
        index % 2 === 0 ? [[name.toLowerCase(), rawHeaders[index + 1]]] : [],
      )
      const text = JSON.stringify({ method, headers, body })
      if (request.url !== '/trailers') {
        const fields = { 'content-type': 'text/plain', connection: 'keep-alive, x-hop' }
        response.writeHead(200, { ...fields, 'x-hop': '1' }).end(text)
        return
      }
      response.writeHead(200, { trailer: 'x-sum' })
      response.write(text)
      response.addTrailers({ 'x-sum': '42' })
      response.end()
    })
  })
  await new Promise<void>((resolve) => upstream.listen(0, '127.0.0.1', resolve))
  authority = `127.0.0.1:${(upstream.address() as AddressInfo).port}`
  const agents = await Promise.all([scripted(), compiled()])
  const allowedHosts = ['*']
  server = await startServer({ agents, port: 0, allowedHosts, workers: 1, logLevel: 'silent' })
  expect(server.refused).toEqual([])
}, 120_000)

afterAll(async () => {
  await server?.close()
  upstream?.closeAllConnections()
  upstream?.close()
  rmSync(directory, { recursive: true, force: true })
})

function grants(): object {
  const port = Number(authority.split(':')[1])
  const rule = { host: '127.0.0.1', scheme: 'http', port, network: 'loopback' }
  return { http: [{ ...rule, methods: ['GET', 'POST'] }] }
}

/** In JavaScript. */
async function scripted(): Promise<AgentBundle> {
  writeFiles(directory, {
    'agent.json': { name: 'js', source: 'agent.ts', capabilities: grants() },
    'agent.ts': proxySource(`http://${authority}`),
  })
  const built = await buildAgent({ directory, cacheDirectory: join(directory, 'cache') })
  return { manifest: built.manifest, component: new Uint8Array(built.component), revision: 'js' }
}

/** A component that clones the headers of its `incoming-request` of `wasi:http`. */
async function compiled(): Promise<AgentBundle> {
  const component = new Uint8Array(await service(proxyTo(authority), true))
  const manifest = manifestFromObject({ name: 'wasi', capabilities: grants() })
  return { manifest, component, revision: 'wasi' }
}

async function exchange(text: string): Promise<string> {
  using wire = new Wire(server.url)
  wire.send(text)
  return await wire.closed()
}

/** Returns the request that reached the upstream, from the upstream's answer. */
function echoOf(answer: string): Echo {
  expect(statusOf(answer)).toBe(200)
  // The cast: the upstream above wrote it.
  return JSON.parse(bodyOf(answer.replace(/^HTTP\/1\.1 100 .*?\r\n\r\n/s, ''))) as Echo
}

// `connection` and `keep-alive` come from this host, about its own connection to the upstream.
const NEVER_SENT = [
  'expect',
  'http2-settings',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'trailer',
  'upgrade',
  'x-hop',
]

function expectEndToEnd({ headers }: Echo): void {
  const names = headers.map(([name]) => name)
  for (const name of NEVER_SENT) expect(names).not.toContain(name)
  expect(headers.filter(([name]) => name === 'host')).toEqual([['host', authority]])
  const connection = headers.filter(([name]) => name === 'connection')
  expect([['keep-alive'], ['keep-alive, te']]).toContainEqual(connection.map(([, value]) => value))
}

const PATHS = ['/js/', '/js/object', '/js/request', '/wasi/'] as const

const FIELDS = [
  'Connection: close, X-Hop',
  'Connection: keep-alive',
  'Keep-Alive: timeout=5',
  'TE: trailers, gzip;q=0.5',
  'Trailer: X-Sum',
  'Upgrade: h2c',
  'HTTP2-Settings: AAMAAABk',
  'Expect: 100-continue',
  'Proxy-Authorization: Basic eDp5',
  'Proxy-Authenticate: Basic',
  'Proxy-Connection: keep-alive',
] as const

describe('a proxy', () => {
  it.for(PATHS)(
    'passes on no field of the connection, whichever the client sends: %s',
    async (path) => {
      for (const field of FIELDS) {
        using wire = new Wire(server.url)
        const headers = [field, 'X-Hop: 1', 'X-Kept: 1'].filter(
          (each) => field.includes('X-Hop') || !each.startsWith('X-Hop'),
        )
        wire.send(message('GET', path, headers))
        const answer = await wire.until(/"body":""\}/)
        const echo = echoOf(answer)
        expectEndToEnd(echo)
        expect(echo.headers).toContainEqual(['x-kept', '1'])
        // And nothing of the upstream's connection comes back.
        expect(answer).not.toMatch(/^x-hop/im)
      }
    },
  )

  it.for(['/js/', '/js/request'])('passes on a body that comes in chunks: %s', async (path) => {
    const headers = ['Transfer-Encoding: chunked', 'Connection: close', 'Expect: 100-continue']
    const answer = await exchange(message('POST', path, headers, '3\r\nabc\r\n0\r\n\r\n'))
    const echo = echoOf(answer)
    expectEndToEnd(echo)
    expect(echo).toMatchObject({ method: 'POST', body: 'abc' })
  })

  it('of a component is no other virtual host to its upstream, and sends what it sets itself', async () => {
    const headers = ['Transfer-Encoding: chunked', 'Connection: close']
    const text = message('POST', '/wasi/', headers, '3\r\nabc\r\n0\r\n\r\n')
    const echo = echoOf(await exchange(text.replace('Host: a', 'Host: victim.internal')))
    expectEndToEnd(echo)
    const names = echo.headers.map(([name]) => name)
    expect(names).not.toContain('transfer-encoding')
    expect(echo.headers.filter(([name]) => name === 'te')).toEqual([['te', 'trailers']])
  })

  it('of a component passes on the trailers of its upstream', async () => {
    const answer = await exchange(message('GET', '/wasi/trailers', ['Connection: close']))
    expect(statusOf(answer)).toBe(200)
    expect(answer).toMatch(/\r\n0\r\nx-sum: 42\r\n\r\n$/)
  })

  it('of a script may ask for trailers, and gets an error for fields it may not set', async () => {
    const asked = echoOf(await exchange(message('GET', '/js/trailers', ['Connection: close'])))
    expect(asked.headers).toContainEqual(['te', 'trailers'])
    expect(statusOf(await exchange(message('GET', '/js/wrong', ['Connection: close'])))).toBe(500)
  })
})

describe('behind a proxy', () => {
  const browser = [
    'Connection: keep-alive',
    'sec-ch-ua-platform: "Linux"',
    'Upgrade-Insecure-Requests: 1',
    'Sec-Fetch-Site: none',
    'Accept-Encoding: gzip, deflate, br, zstd',
    'If-None-Match: "x"',
  ]

  it.for(PATHS)('what a browser sends is answered: %s', async (path) => {
    using wire = new Wire(server.url)
    wire.send(message('GET', path, browser))
    expectEndToEnd(echoOf(await wire.until(/"body":""\}/)))
  })

  it.for(PATHS)("Node's fetch is answered: %s", async (path) => {
    const response = await fetch(server.url + path)
    expect(response.status).toBe(200)
    expectEndToEnd((await response.json()) as Echo)
  })

  it.for(PATHS)(
    'curl is answered, with HTTP/2 asked for and without: %s',
    async (path, { skip }) => {
      for (const options of [[], ['--http2'], ['-H', 'Connection: keep-alive'], ['--http1.0']]) {
        const { stdout } = await run('curl', ['-sS', '-f', ...options, server.url + path]).catch(
          (error: { code?: unknown }) =>
            error.code === 'ENOENT' ? skip('curl is not there') : Promise.reject(error),
        )
        expectEndToEnd(JSON.parse(stdout) as Echo)
      }
    },
  )

  // The answer of the last hop is the page, which the browser prints as it shows it.
  it.runIf(HAS_PEERS).for(PATHS)(
    `Chromium is answered: %s (${NEEDS_PEERS})`,
    async (path, { skip }) => {
      const profile = join(directory, 'chromium')
      const headless = ['--headless', '--no-sandbox', '--disable-gpu', `--user-data-dir=${profile}`]
      const { stdout } = await run('chromium', [
        ...headless,
        '--dump-dom',
        server.url + path,
      ]).catch((error: { code?: unknown }) =>
        error.code === 'ENOENT' ? skip('chromium is not there') : Promise.reject(error),
      )
      const [, text = ''] = /<pre[^>]*>(.*)<\/pre>/s.exec(stdout) ?? []
      const echo = JSON.parse(text.replaceAll('&lt;', '<').replaceAll('&amp;', '&')) as Echo
      expectEndToEnd(echo)
      expect(echo.headers.map(([name]) => name)).toContain('sec-fetch-site')
    },
  )

  it.for(PATHS)("Python's http.client is answered: %s", async (path, { skip }) => {
    const { host } = new URL(server.url)
    const program = `
import http.client
connection = http.client.HTTPConnection('${host}')
connection.request('GET', '${path}', headers={'Connection': 'keep-alive', 'TE': 'trailers'})
answer = connection.getresponse()
assert answer.status == 200, answer.status
print(answer.read().decode())`
    const { stdout } = await run('python3', ['-c', program]).catch((error: { code?: unknown }) =>
      error.code === 'ENOENT' ? skip('python3 is not there') : Promise.reject(error),
    )
    expectEndToEnd(JSON.parse(stdout) as Echo)
  })
})
