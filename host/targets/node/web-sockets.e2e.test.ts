/** WebSockets that clients open to agents of a host: accepted, refused, bounded, ended. @module */
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { WebSocket, type ClientOptions } from 'ws'
import { HAS_PEERS, NEEDS_PEERS } from '../../../runtime/testing/peers.ts'
import { writeFiles } from '../../cli/testing/mayfly-process.ts'
import { buildAgent } from '../../toolchain/index.ts'
import { startServer, type AgentBundle, type MayflyServer } from './index.ts'
import { message, statusOf, Wire } from './testing/wire.ts'

const SOURCE = `
const once = (target, type) => new Promise((resolve) => target.addEventListener(type, resolve, { once: true }))
const upgraded = (use, headers) => {
  const [client, server] = Object.values(new WebSocketPair())
  server.accept()
  use(server)
  return new Response(null, { status: 101, webSocket: client, headers })
}
const ROUTES = {
  '/echo': (request) => upgraded((socket) => {
    socket.send('hello ' + (request.headers.get('upgrade') ?? 'none') + ' ' + new URL(request.url).search)
    socket.addEventListener('message', ({ data }) => socket.send(data))
  }, { 'set-cookie': 'a=1', 'x-own': '1' }),
  '/protocol': (request) => upgraded(() => {}, { 'sec-websocket-protocol': request.headers.get('x-take') }),
  '/close': () => upgraded((socket) => { socket.send('first'); socket.close(4000, 'enough') }),
  '/plain': () => new Response('no socket', { status: 401, headers: { 'x-own': '1' } }),
  '/throws': () => upgraded((socket) => socket.addEventListener('message', () => { throw new Error('mine') })),
  '/fails': async () => { await null; throw new Error('mine') },
  '/loops': () => upgraded((socket) => socket.addEventListener('message', () => { for (;;); })),
  '/flood': () => upgraded((socket) => { for (let i = 0; i < 400; i++) socket.send(new Uint8Array(1024)) }),
  '/ticks': () => upgraded((socket) => { setInterval(() => socket.send('tick'), 5) }),
  '/tells': () => upgraded((socket) => socket.addEventListener('close', ({ code, reason, wasClean }) =>
    console.log(JSON.stringify(['closed', code, reason, wasClean])))),
  '/unaccepted': () => new Response(null, { status: 101, webSocket: new WebSocketPair()[0] }),
  '/twice': () => { const pair = new WebSocketPair(); pair[1].accept()
    new Response(null, { status: 101, webSocket: pair[0] }); return new Response(null, { status: 101, webSocket: pair[0] }) },
}
export default { fetch: (request) => ROUTES[new URL(request.url).pathname](request) }
`
const HONO = `
import { Hono } from 'hono'
import { upgradeWebSocket } from 'hono/cloudflare-workers'
export default new Hono().get('/', upgradeWebSocket((c) => ({
  onMessage: (event, ws) => ws.send('hono ' + event.data + ' ' + c.req.query('q')),
  onClose: () => console.log('["over"]'),
})))
`

let directory = ''
let server: MayflyServer
const sockets: WebSocket[] = []

async function bundle(name: string, manifest: object, source: string): Promise<AgentBundle> {
  const own = join(directory, name)
  writeFiles(own, { 'agent.json': { name, source: 'agent.js', ...manifest }, 'agent.js': source })
  const built = await buildAgent({ directory: own })
  return { manifest: built.manifest, component: new Uint8Array(built.component), revision: '1' }
}

beforeAll(async () => {
  directory = mkdtempSync(join(import.meta.dirname, '../../../node_modules/.mayfly-websockets-'))
  const websocket = { origins: ['https://app.test'] }
  const limits = { connectionMs: 60_000, deadlineMs: 5_000 }
  server = await startServer({
    agents: [
      await bundle('open', { capabilities: { websocket }, limits }, SOURCE),
      await bundle('closed', { limits }, SOURCE),
      await bundle('hono', { capabilities: { websocket: { origins: ['*'] } }, limits }, HONO),
      await bundle(
        'brief',
        { capabilities: { websocket: {} }, limits: { connectionMs: 300, deadlineMs: 250 } },
        SOURCE,
      ),
      await bundle(
        'small',
        {
          capabilities: { websocket: {} },
          limits: { ...limits, websocketMessages: 20, outboundBytes: 100_000, inboundBytes: 100 },
        },
        SOURCE,
      ),
    ],
    port: 0,
    workers: 2,
    logLevel: 'silent',
  })
}, 120_000)

afterAll(async () => {
  for (const socket of sockets) socket.terminate()
  await server?.close()
  rmSync(directory, { recursive: true, force: true })
})

interface Client {
  readonly socket: WebSocket
  readonly came: string[]
  /** Resolves with how it was closed. */
  readonly closed: Promise<readonly [code: number, reason: string]>
  /** Resolves when so many messages have come. */
  until(count: number): Promise<string[]>
}

function dial(
  path: string,
  options: ClientOptions = {},
  protocols: string[] = [],
  url: string = server.url,
): Client {
  const socket = new WebSocket(url.replace('http', 'ws') + path, protocols, options)
  sockets.push(socket)
  const came: string[] = []
  socket.on('message', (data: Buffer) => came.push(data.toString()))
  socket.on('error', () => {})
  return {
    socket,
    came,
    // `once` of node:events would reject for an error that no test waits for.
    closed: new Promise((resolve) => {
      socket.once('close', (code, reason) => resolve([code, String(reason)]))
    }),
    async until(count) {
      while (came.length < count) await once(socket, 'message')
      return came
    },
  }
}

/** The status of the answer that refuses the opening, and its error. */
async function refusal(path: string, options: ClientOptions = {}): Promise<[number, string]> {
  const { socket } = dial(path, options)
  const [, response] = (await once(socket, 'unexpected-response')) as [
    unknown,
    import('node:http').IncomingMessage,
  ]
  let text = ''
  for await (const chunk of response) text += String(chunk)
  return [response.statusCode ?? 0, text]
}

/** The text of a request. */
function asked(headers: readonly string[]): string {
  return message('GET', '/open/echo', headers).replace('Host: a\r', 'Host: localhost\r')
}

async function active(): Promise<number> {
  const response = await fetch(`${server.url}/-/agents`)
  const { agents } = (await response.json()) as { agents: { active: number }[] }
  return agents.reduce((sum, each) => sum + each.active, 0)
}
const expectIdle = (): Promise<void> =>
  vi.waitFor(async () => expect(await active()).toBe(0), { timeout: 5_000, interval: 20 })

describe('a WebSocket to an agent', () => {
  it('passes texts and bytes both ways, after a head with fields of the agent', async () => {
    const { socket, until, closed } = dial('/open/echo?token=1')
    const [response] = (await once(socket, 'upgrade')) as [import('node:http').IncomingMessage]
    expect(response.headers).toMatchObject({ 'x-own': '1', 'x-request-id': expect.any(String) })
    await until(1)
    socket.send('é')
    socket.send(new Uint8Array([104, 105]))
    expect(await until(3)).toEqual(['hello websocket ?token=1', 'é', 'hi'])
    socket.close(3_000, 'bye')
    expect(await closed).toEqual([3_000, 'bye'])
    await expectIdle()
  })

  it('has many at once, which wait', async () => {
    const clients = Array.from({ length: 50 }, () => dial('/open/echo'))
    await Promise.all(clients.map(({ until }) => until(1)))
    expect(await active()).toBe(50)
    clients.forEach(({ socket }, index) => socket.send(String(index)))
    const all = await Promise.all(clients.map(({ until }) => until(2)))
    expect(all.map((came) => came[1])).toEqual(clients.map((_, index) => String(index)))
    for (const { socket } of clients) socket.close()
    await expectIdle()
  })

  it('takes a protocol that the client offers, and no other', async () => {
    const { socket } = dial('/open/protocol', { headers: { 'x-take': 'two' } }, ['one', 'two'])
    await once(socket, 'open')
    expect(socket.protocol).toBe('two')
    socket.close()
    const other = await refusal('/open/protocol', { headers: { 'x-take': 'three' } })
    expect(other[0]).toBe(500)
  })

  it('is closed by the agent', async () => {
    const { came, closed } = dial('/open/close')
    expect(await closed).toEqual([4_000, 'enough'])
    expect(came).toEqual(['first'])
    await expectIdle()
  })

  it('works with the helper of Hono', async () => {
    const { socket, until } = dial('/hono/?q=1', { origin: 'https://any.test' })
    await once(socket, 'open')
    socket.send('x')
    expect(await until(1)).toEqual(['hono x 1'])
    socket.close()
    await expectIdle()
  })

  it('may be answered by something else', async () => {
    expect(await refusal('/open/plain')).toEqual([401, 'no socket'])
    expect((await refusal('/open/fails'))[0]).toBe(500)
    expect((await refusal('/open/unaccepted'))[0]).toBe(500)
    expect((await refusal('/open/twice'))[0]).toBe(500)
    // Also to a request that asks for none.
    const plain = await fetch(`${server.url}/open/echo`)
    expect(plain.status).toBe(500)
    await expectIdle()
  })
})

describe.runIf(HAS_PEERS)(`in a process of its own (${NEEDS_PEERS})`, () => {
  it('passes messages, and ends with 1011 when the agent fails', async () => {
    // There it may compute for as long. Its first answer takes a new process some time.
    const limits = { connectionMs: 6_000, deadlineMs: 5_000 }
    const isolated = await startServer({
      agents: [await bundle('apart', { capabilities: { websocket: {} }, limits }, SOURCE)],
      port: 0,
      isolate: 'tenant',
      logLevel: 'silent',
    })
    try {
      const { socket, until, closed } = dial('/apart/echo', {}, [], isolated.url)
      await until(1)
      socket.send('é')
      expect((await until(2))[1]).toBe('é')
      socket.close(3_000, 'bye')
      expect(await closed).toEqual([3_000, 'bye'])
      const looping = dial('/apart/loops', {}, [], isolated.url)
      await once(looping.socket, 'open')
      looping.socket.send('')
      expect(await looping.closed).toEqual([1011, ''])
    } finally {
      await isolated.close()
    }
  })
})

describe('a WebSocket that may not be', () => {
  it.each([
    ['an agent without the grant', '/closed/echo', {}, 400],
    ['no agent', '/nothing', {}, 404],
    ['the control plane', '/-/health', {}, 404],
    ['the control plane, encoded', '/%2d/health', {}, 404],
    ['a page of another origin', '/open/echo', { origin: 'https://evil.test' }, 403],
    ['a page without an origin', '/open/echo', { origin: 'null' }, 403],
    ['another name of this machine', '/open/echo', { headers: { host: 'evil.test' } }, 403],
  ] satisfies [string, string, ClientOptions, number][])(
    'is refused: %s',
    async (_, path, options, status) => {
      expect((await refusal(path, options))[0]).toBe(status)
    },
  )

  it('is open to pages of granted origins, and of its own', async () => {
    for (const origin of ['https://app.test', server.url]) {
      await dial('/open/echo', { origin }).until(1)
    }
    await Promise.all(sockets.splice(0).map((socket) => void socket.close()))
    await expectIdle()
  })

  const opening = ['Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Version: 13']
  const key = 'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA=='
  it.each([
    ['a wrong key', [...opening, 'Sec-WebSocket-Key: short'], 400],
    ['two keys', [...opening, key, key], 400],
    ['another version', [...opening.slice(0, 2), 'Sec-WebSocket-Version: 8', key], 426],
    ['a body', [...opening, key, 'Content-Length: 3'], 400],
    ['two hosts', [...opening, key, 'Host: a.test'], 400],
  ])('is refused for its head: %s', async (_, headers, status) => {
    using wire = new Wire(server.url)
    wire.send(asked(headers))
    expect(statusOf(await wire.closed())).toBe(status)
  })

  it.each([
    ['a frame without a mask', [0x81, 1, 97]],
    ['a compressed frame', [0xc1, 0x80, 0, 0, 0, 0]],
    ['a length of 2^40', [0x82, 0xff, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0]],
    ['bytes that are no UTF-8', [0x81, 0x82, 0, 0, 0, 0, 0xc3, 0x28]],
  ])('is left: %s', async (_, bytes) => {
    using wire = new Wire(server.url)
    wire.send(asked([...opening, key]))
    await wire.until(/101 Switching/)
    wire.send(Buffer.from(bytes).toString('latin1'))
    await wire.closed()
    await expectIdle()
  })
})

describe('a WebSocket that is bounded', () => {
  it.each([
    ['messages', '/small/flood', 0, 1001],
    ['bytes from the client', '/small/echo', 101, 1001],
  ])('ends at its number of %s', async (_, path, size, code) => {
    const { socket, closed } = dial(path)
    await once(socket, 'open')
    if (size > 0) socket.send('x'.repeat(size))
    expect(await closed).toEqual([code, ''])
    await expectIdle()
  })

  it('takes no message that is too large', async () => {
    const { socket, closed, until } = dial('/open/echo')
    await until(1)
    socket.send(new Uint8Array(1_048_577))
    expect((await closed)[0]).toBe(1009)
    await expectIdle()
  })

  it('ends by connectionMs with 1011', async () => {
    const { closed, came } = dial('/brief/ticks')
    expect(await closed).toEqual([1011, ''])
    expect(came.length).toBeGreaterThan(0)
    await expectIdle()
  })

  it('ends when its agent computes for too long', async () => {
    const { socket, closed } = dial('/brief/loops')
    await once(socket, 'open')
    socket.send('')
    expect(await closed).toEqual([1011, ''])
    await expectIdle()
  })

  it('outlives an error of a listener', async () => {
    const { socket, closed } = dial('/open/throws')
    await once(socket, 'open')
    socket.send('')
    socket.close(1000, '')
    expect(await closed).toEqual([1000, ''])
    await expectIdle()
  })

  it('ends when its client breaks off', async () => {
    const { socket } = dial('/open/tells')
    await once(socket, 'open')
    socket.terminate()
    await expectIdle()
  })

  it('holds a client that does not read to what it may have', async () => {
    const { socket } = dial('/open/ticks')
    await once(socket, 'open')
    socket.pause()
    await new Promise((resolve) => setTimeout(resolve, 50))
    socket.terminate()
    await expectIdle()
  })

  // The last: nothing is served after it.
  it('ends with 1001 when the host closes', async () => {
    const clients = Array.from({ length: 4 }, () => dial('/open/echo'))
    await Promise.all(clients.map(({ until }) => until(1)))
    const closing = server.close()
    for (const { closed } of clients) expect(await closed).toEqual([1001, ''])
    await closing
  })
})
