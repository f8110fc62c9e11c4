/**
 * Attacks of a hostile upstream, name server or guest, through the `http` capability and this driver. Every server is
 * on loopback.
 *
 * @module
 */

import { execFile } from 'node:child_process'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import {
  createServer as createRawServer,
  type AddressInfo,
  type Server,
  type Socket,
} from 'node:net'
import { promisify } from 'node:util'
import { gzipSync } from 'node:zlib'
import { afterEach, describe, expect, it } from 'vitest'
import { http, type HttpOptions } from '../../../runtime/capabilities/http/index.ts'
import {
  configured,
  functionsOf,
  payloadOf,
  testInvocation,
} from '../../../runtime/host-module/testing.ts'
import { manifestFromObject } from '../../../runtime/manifest/index.ts'
import { guardedFetch, type GuardedFetchOptions } from './guarded-fetch.ts'

const closers: (() => void)[] = []

afterEach(() => {
  for (const close of closers.splice(0)) close()
})

async function listening(server: Server, host = '127.0.0.1', port = 0): Promise<number> {
  await new Promise<void>((resolve) => server.listen(port, host, resolve))
  return (server.address() as AddressInfo).port
}

async function serve(
  handle: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<number> {
  const server = createServer(handle)
  closers.push(() => {
    server.closeAllConnections()
    server.close()
  })
  return listening(server)
}

/** A raw server: only `talk` decides what it sends. */
async function serveRaw(
  talk: (socket: Socket, received: string) => void,
  host?: string,
  port?: number,
): Promise<number> {
  const sockets = new Set<Socket>()
  const server = createRawServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
    socket.on('close', () => sockets.delete(socket))
    socket.on('data', (bytes) => talk(socket, bytes.toString('latin1')))
  })
  closers.push(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return listening(server, host, port)
}

interface OpenOptions extends HttpOptions {
  readonly rules?: object[]
  readonly resolve?: GuardedFetchOptions['resolve']
}

async function open(port: number, { rules = [], resolve, ...options }: OpenOptions = {}) {
  const rule = {
    host: 'a.test',
    scheme: 'http',
    port,
    network: 'loopback',
    methods: ['GET', 'POST'],
  }
  const driver = guardedFetch({
    resolve: resolve ?? (async () => [{ address: '127.0.0.1', family: 4 }]),
  })
  const capability = http(driver, { timeoutMs: 5_000, ...options })
  const { capabilities } = manifestFromObject({
    name: 'tester',
    capabilities: { http: [rule, ...rules] },
  })
  const ready = await configured(capability, capabilities.http)
  const invocation = testInvocation()
  const { send } = functionsOf<'send'>(capability, ready, invocation)
  const base = `http://a.test:${port}`
  const get = (path = '/', init: object = {}) =>
    send({
      method: 'GET',
      url: new URL(path, base).href,
      headers: [],
      body: new Uint8Array(0),
      ...init,
    })
  return { get, events: invocation.events }
}

const text = (response: unknown) =>
  new TextDecoder().decode((response as { body: Uint8Array }).body)

describe('a name server that changes its answer', () => {
  it('is asked once a connection, and what was checked is dialled', async () => {
    const first = await serveRaw((socket) => socket.end(reply('first')))
    const second = await serveRaw((socket) => socket.end(reply('second')), '127.0.0.2', first)
    expect(second).toBe(first)
    const answers = ['127.0.0.1', '127.0.0.2', '10.0.0.1', '169.254.169.254']
    let asked = 0
    const resolve = async () => [{ address: answers[asked++] ?? '127.0.0.1', family: 4 }]
    const { get, events } = await open(first, { resolve })
    expect(text(await get())).toBe('first')
    expect(asked).toBe(1)
    expect(text(await get())).toBe('second')
    expect(await payloadOf(() => get())).toBe('denied')
    expect(await payloadOf(() => get())).toBe('denied')
    expect(asked).toBe(4)
    expect(events.at(-1)?.hint).toContain('169.254.169.254: reserved')
  })

  it('is refused for one bad address among good ones, and for what is no address', async () => {
    const port = await serveRaw((socket) => socket.end(reply('reached')))
    for (const bad of [
      '10.0.0.1',
      '::ffff:10.0.0.1',
      '64:ff9b::a9fe:a9fe',
      '0.0.0.0',
      'nonsense',
    ]) {
      const resolve = async () => [
        { address: '127.0.0.1', family: 4 },
        { address: bad, family: bad.includes(':') ? 6 : 4 },
      ]
      const { get } = await open(port, { resolve })
      expect(await payloadOf(() => get())).toBe('denied')
      const body = { method: 'POST', body: new Uint8Array(100_000) }
      expect(await payloadOf(() => get('/', body))).toBe('denied')
    }
  })

  it('gets no connection that another grant has opened', async () => {
    const port = await serve((_, response) => response.end('reached'))
    const driver = guardedFetch({ resolve: async () => [{ address: '127.0.0.1', family: 4 }] })
    const { signal } = new AbortController()
    const request = () => new Request(`http://a.test:${port}/`)
    const granted = await driver.fetch(request(), { agent: 'tester', signal, network: 'loopback' })
    expect(await granted.text()).toBe('reached')
    await expect(
      driver.fetch(request(), { agent: 'tester', signal, network: 'public' }),
    ).rejects.toThrow('loopback')
  })
})

describe('an upstream that redirects', () => {
  it.each([
    'http://169.254.169.254/latest/meta-data',
    'http://2852039166/latest/meta-data',
    'http://0xa9fea9fe/',
    'http://0251.0376.0251.0376/',
    'http://[::ffff:169.254.169.254]/',
    'http://[64:ff9b::a9fe:a9fe]/',
    'http://169.254.169.254./',
    'http://metadata.test/',
  ])('to %s is denied, whatever the rules say', async (location) => {
    const port = await serve((_, response) => response.writeHead(302, { location }).end())
    const rules = [
      '169.254.169.254',
      '::ffff:a9fe:a9fe',
      '64:ff9b::a9fe:a9fe',
      'metadata.test',
    ].map((host) => ({ host, scheme: 'http', network: 'private' }))
    const resolve = async (name: string) => [
      { address: name === 'metadata.test' ? '169.254.169.254' : '127.0.0.1', family: 4 },
    ]
    const { get, events } = await open(port, { rules, resolve })
    expect(await payloadOf(() => get())).toBe('denied')
    expect(events.at(-1)).toMatchObject({ outcome: 'denied' })
    expect(events.at(-1)?.hint).toContain('reserved')
  })

  it('to the same place under a narrower rule is denied', async () => {
    const port = await serve((_, response) =>
      response.writeHead(307, { location: `http://127.0.0.1:${port}/` }).end(),
    )
    const { get } = await open(port, { rules: [{ host: '127.0.0.1', scheme: 'http', port }] })
    expect(await payloadOf(() => get())).toBe('denied')
  })

  it('to another scheme, or without end, gives up', async () => {
    let location = 'file:///etc/passwd'
    const port = await serve((_, response) => response.writeHead(302, { location }).end())
    const { get } = await open(port)
    expect(await payloadOf(() => get())).toBe('denied')
    location = '/again'
    expect(await payloadOf(() => get())).toBe('unavailable')
  })
})

describe('an upstream that takes its time', () => {
  it.each<[string, (socket: Socket) => void]>([
    ['over the status line', (socket) => drip(socket, 'H')],
    [
      'over its headers',
      (socket) => {
        socket.write('HTTP/1.1 200 OK\r\n')
        drip(socket, 'x: 1\r\n')
      },
    ],
    [
      'over its body',
      (socket) => {
        socket.write('HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n')
        drip(socket, 'x')
      },
    ],
    ['with hints before the answer', (socket) => drip(socket, 'HTTP/1.1 103 Early Hints\r\n\r\n')],
    ['and says nothing', () => {}],
  ])('%s is given up', async (_, talk) => {
    const port = await serveRaw(talk)
    const { get } = await open(port, { timeoutMs: 150 })
    const start = performance.now()
    expect(await payloadOf(() => get())).toBe(
      _ === 'over the status line' ? 'unavailable' : 'timeout',
    )
    expect(performance.now() - start).toBeLessThan(3_000)
  })
})

describe('an upstream that sends too much', () => {
  it('is cut off in an endless body', async () => {
    let closed = Promise.resolve()
    const port = await serve((_, response) => {
      closed = new Promise((resolve) => response.once('close', resolve))
      const block = Buffer.alloc(65_536)
      const write = () => {
        while (response.write(block));
      }
      response.on('drain', write)
      write()
    })
    const { get, events } = await open(port, { maxResponseBytes: 1_000_000 })
    expect(await payloadOf(() => get())).toBe('limited')
    await closed
    expect(events.at(-1)?.bytesIn).toBeLessThan(2_000_000)
  })

  it('is not unpacked', async () => {
    const bomb = gzipSync(Buffer.alloc(50_000_000))
    const port = await serve((_, response) =>
      response.writeHead(200, { 'content-encoding': 'gzip' }).end(bomb),
    )
    const { get } = await open(port)
    expect(await get()).toMatchObject({ body: new Uint8Array(bomb) })
  })

  it.each([
    ['40,000 headers', Array.from({ length: 40_000 }, (_, index) => `x${index}: 1`)],
    ['300 headers', Array.from({ length: 300 }, (_, index) => `x${index}: 1`)],
    ['a header of 64 KiB', [`x: ${'y'.repeat(65_536)}`]],
  ])('is refused with %s', async (_, lines) => {
    const head = ['HTTP/1.1 200 OK', 'content-length: 0', ...lines].join('\r\n')
    const port = await serveRaw((socket) => socket.end(`${head}\r\n\r\n`))
    const { get, events } = await open(port)
    expect(await payloadOf(() => get())).toBe('unavailable')
    expect(events[0]).toMatchObject({ outcome: 'failed', rule: 'http[0]' })
  })
})

describe('an upstream that frames its response twice', () => {
  it.each([
    ['two lengths', 'content-length: 5\r\ncontent-length: 6'],
    ['a length and chunks', 'content-length: 5\r\ntransfer-encoding: chunked'],
    ['a line feed alone', 'content-length: 5\nx: 1'],
    ['NUL in a header', 'content-length: 5\r\nx: a\0b'],
    ['a space before the colon', 'content-length : 5'],
    ['a length that is none', 'content-length: +5'],
    ['an upgrade', 'connection: upgrade\r\nupgrade: websocket', '101 Switching Protocols'],
    ['a status that is none', 'content-length: 5', '999 Odd'],
  ])('is refused: %s', async (_, headers, status = '200 OK') => {
    const port = await serveRaw((socket) =>
      socket.write(`HTTP/1.1 ${status}\r\n${headers}\r\n\r\nhello!`),
    )
    const { get } = await open(port)
    expect(await payloadOf(() => get())).toBe('unavailable')
  })

  it('does not answer the next request as well', async () => {
    const port = await serveRaw((socket, received) => {
      const path = received.split(' ')[1]
      socket.write(path === '/first' ? `${reply('first')}${reply('planted')}` : reply('second'))
    })
    const { get } = await open(port)
    expect(text(await get('/first'))).toBe('first')
    const second = await Promise.resolve(get('/second')).then(text, () => 'failed')
    expect(second).not.toBe('planted')
  })
})

describe('a guest', () => {
  it('cannot frame its request otherwise, nor name another host', async () => {
    let received = ''
    const port = await serveRaw((socket, part) => {
      received += part
      if (received.endsWith('GET /planted HTTP/1.1\r\n\r\n')) socket.end(reply('ok'))
    })
    const { get } = await open(port)
    const body = new TextEncoder().encode('GET /planted HTTP/1.1\r\n\r\n')
    const headers = [
      ['Host', 'b.test'],
      ['Content-Length', '0'],
    ]
    await get('/x?y=%0d%0aevil:%201', { method: 'POST', headers, body })
    const [head = ''] = received.split('\r\n\r\n')
    expect(head).toMatch(/^POST \/x\?y=%0d%0aevil:%201 HTTP\/1\.1\r\n/)
    expect(head.match(/^host: .*$/gim)).toEqual([`Host: a.test:${port}`])
    expect(head.match(/^content-length: .*$/gim)).toEqual([`content-length: ${body.length}`])
    expect(head).not.toMatch(/transfer-encoding|evil:\s1/i)
  })

  it('reaches a host by its name with a dot, as the same host', async () => {
    let host: string | undefined
    const port = await serve((request, response) => {
      host = request.headers.host
      response.end('ok')
    })
    const { get } = await open(port)
    expect(text(await get(`http://a.test.:${port}/`))).toBe('ok')
    expect(host).toBe(`a.test:${port}`)
  })

  it('goes through no proxy of the environment', async () => {
    let proxied = 0
    const proxy = await serve((_, response) => {
      proxied++
      response.end('proxied')
    })
    const port = await serve((_, response) => response.end('direct'))
    const program = `
      import { guardedFetch } from ${JSON.stringify(new URL('./guarded-fetch.ts', import.meta.url).href)}
      const { signal } = new AbortController()
      const response = await guardedFetch().fetch(
        new Request('http://127.0.0.1:${port}/'),
        { agent: 'tester', signal, network: 'loopback' },
      )
      console.log(await response.text())
      process.exit()
    `
    const { stdout } = await promisify(execFile)(
      process.execPath,
      ['--input-type=module', '-e', program],
      {
        env: {
          ...process.env,
          NODE_USE_ENV_PROXY: '1',
          HTTP_PROXY: `http://127.0.0.1:${proxy}`,
          ALL_PROXY: `http://127.0.0.1:${proxy}`,
        },
      },
    )
    expect([stdout.trim(), proxied]).toEqual(['direct', 0])
  })
})

function reply(body: string): string {
  return `HTTP/1.1 200 OK\r\ncontent-length: ${body.length}\r\n\r\n${body}`
}

/** Writes `piece` again and again until the other side has had enough. */
function drip(socket: Socket, piece: string): void {
  const timer = setInterval(() => socket.write(piece), 5)
  socket.once('close', () => clearInterval(timer))
}
