/**
 * An agent between a client and an upstream, byte by byte: cookies, fields outside ASCII, and encoded bodies.
 *
 * @module
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type Server } from 'node:net'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { writeFiles } from '../../cli/testing/mayfly-process.ts'
import { buildAgent } from '../../toolchain/index.ts'
import { startServer, type MayflyServer } from './index.ts'
import { bodyOf, message, statusOf, Wire } from './testing/wire.ts'

const TEXT = 'as it was before, '.repeat(20)
const PACKED: Readonly<Record<string, Buffer>> = {
  gzip: gzipSync(TEXT),
  deflate: deflateSync(TEXT),
  br: brotliCompressSync(TEXT),
  'deflate, gzip': gzipSync(deflateSync(TEXT)),
}

function source(upstream: string): string {
  return `
  export default {
    async fetch(request) {
      const url = new URL(request.url)
      const to = '${upstream}' + url.pathname + url.search
      if (url.pathname === '/field') {
        return new Response('x'.repeat(Number(url.searchParams.get('size'))), { headers: { 'x-a': 'ä\\u00ff' } })
      }
      if (url.pathname === '/cookie') {
        return new Response([request.headers.get('cookie'), [...request.headers].filter(([n]) => n === 'cookie').length].join('|'))
      }
      if (url.searchParams.has('request')) return fetch(new Request(to, request))
      const response = await fetch(to, { headers: request.headers })
      if (url.searchParams.has('headers')) return new Response(response.body, { headers: response.headers })
      if (url.searchParams.has('clone')) return response.clone()
      if (url.searchParams.has('described')) {
        const { headers } = response
        return Response.json([headers.get('content-encoding'), headers.get('content-length'), await response.text()])
      }
      return response
    },
  }`
}

let directory = ''
let upstream: Server
let server: MayflyServer
/** The last request that came to the upstream, a character a byte. */
let arrived = ''

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'mayfly-fetch-'))
  upstream = createServer((socket) => {
    socket.setEncoding('latin1')
    socket.on('error', () => {})
    let text = ''
    socket.on('data', (chunk) => {
      text += String(chunk)
      if (!text.includes('\r\n\r\n')) return
      arrived = text
      text = ''
      const coding = decodeURIComponent(/^GET \/packed\?coding=([^ &]*)/.exec(arrived)?.[1] ?? '')
      const body = PACKED[coding] ?? Buffer.from('plain')
      const encoding = coding === '' ? '' : `Content-Encoding: ${coding}\r\n`
      const head = `HTTP/1.1 200 OK\r\nX-A: \xe4\xff\r\n${encoding}Content-Length: ${body.length}\r\n\r\n`
      socket.write(Buffer.concat([Buffer.from(head, 'latin1'), body]))
    })
  })
  await new Promise<void>((resolve) => upstream.listen(0, '127.0.0.1', resolve))
  const { port } = upstream.address() as AddressInfo
  const http = [{ host: '127.0.0.1', scheme: 'http', port, network: 'loopback' }]
  writeFiles(directory, {
    'agent.json': { name: 'js', source: 'agent.ts', route: '/*', capabilities: { http } },
    'agent.ts': source(`http://127.0.0.1:${port}`),
  })
  const built = await buildAgent({ directory, cacheDirectory: join(directory, 'cache') })
  const component = new Uint8Array(built.component)
  const agents = [{ manifest: built.manifest, component, revision: 'js' }]
  const allowedHosts = ['*']
  server = await startServer({ agents, port: 0, allowedHosts, workers: 1, logLevel: 'silent' })
  expect(server.refused).toEqual([])
}, 120_000)

afterAll(async () => {
  await server?.close()
  upstream?.close()
  rmSync(directory, { recursive: true, force: true })
})

async function ask(target: string, ...headers: readonly string[]): Promise<string> {
  using wire = new Wire(server.url)
  wire.send(message('GET', target, ['Connection: close', ...headers]))
  return await wire.closed()
}

describe('lines of cookies', () => {
  it('reach an agent as one, with semicolons', async () => {
    const lines = ['Cookie: a=1', 'x-b: c', 'cookie: b=2; c=3', 'COOKIE: d=4']
    expect(bodyOf(await ask('/cookie', ...lines))).toBe('a=1; b=2; c=3; d=4|1')
    expect(bodyOf(await ask('/cookie', 'Cookie: a=1'))).toBe('a=1|1')
    expect(bodyOf(await ask('/cookie'))).toBe('|0')
  })

  it.for(['/pass', '/pass?request'])('reach an upstream as one: %s', async (target) => {
    await ask(target, 'Cookie: a=1', 'Cookie: b=2')
    expect(arrived.match(/^cookie:.*$/gim)).toEqual(['cookie: a=1; b=2'])
  })
})

describe('a field outside ASCII', () => {
  it.for([0, 1, 10, 4096, 4097, 5000, 100_000])(
    'is sent a byte a character, beside a body of %i bytes',
    async (size) => {
      const answer = await ask(`/field?size=${size}`)
      expect([statusOf(answer), bodyOf(answer).length]).toEqual([200, size])
      expect(/^x-a: (.*)$/im.exec(answer)?.[1]).toBe('\xe4\xff')
    },
  )

  it('is passed on to an upstream, and back, as it came', async () => {
    const answer = await ask('/pass', 'x-b: \xfc\xe9')
    expect(/^x-b: (.*)$/im.exec(arrived)?.[1]).toBe('\xfc\xe9')
    expect(/^x-a: (.*)$/im.exec(answer)?.[1]).toBe('\xe4\xff')
  })
})

describe.each(Object.keys(PACKED))('a body encoded as %s', (coding) => {
  const path = `/packed?coding=${encodeURIComponent(coding)}`

  it('is decoded, and its fields stay', async () => {
    const seen = JSON.parse(bodyOf(await ask(`${path}&described`))) as unknown
    expect(seen).toEqual([coding, String(PACKED[coding]?.length), TEXT])
  })

  it.for(['', '&headers', '&clone', '&request'])(
    'is passed on without fields that are no longer true: %s',
    async (how) => {
      const answer = await ask(path + how, 'Accept-Encoding: gzip, deflate, br')
      expect(arrived).toMatch(/^accept-encoding: gzip, deflate, br$/im)
      expect(bodyOf(answer)).toBe(TEXT)
      expect(answer).not.toMatch(/^content-encoding/im)
      expect(answer).toMatch(/^x-a: /im)
    },
  )
})
