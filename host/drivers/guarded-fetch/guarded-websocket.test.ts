/** WebSockets over the network: the contract, and what must not be reached. @module */
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { createServer as createNetServer, type AddressInfo } from 'node:net'
import { afterAll, describe, expect, it, vi } from 'vitest'
import { WebSocketServer, type WebSocket } from 'ws'
import {
  WEBSOCKET_BEHAVIOURS,
  WEBSOCKET_CONFORMANCE,
} from '../../../runtime/capabilities/http/conformance.ts'
import { socketChannel } from '../../websocket/index.ts'
import { guardedFetch } from './guarded-fetch.ts'

const accepting = new WebSocketServer({ noServer: true })
let latest: WebSocket
const heads: (string | undefined)[] = []
const server = createServer((_, response) => response.writeHead(204).end())
server.on('upgrade', (request, socket, head) => {
  heads.push(request.headers['user-agent'])
  const use = WEBSOCKET_BEHAVIOURS[request.url ?? '']
  if (request.url === '/moved')
    return void socket.end('HTTP/1.1 302 Found\r\nlocation: /echo\r\n\r\n')
  // Not even pings are read.
  if (request.url === '/mute')
    return void accepting.handleUpgrade(request, socket, head, (peer) => peer.pause())
  if (use === undefined) return void socket.end('HTTP/1.1 404 Not Found\r\n\r\n')
  accepting.handleUpgrade(request, socket, head, (peer) => {
    latest = peer
    use(socketChannel(peer, { idleMs: 10_000 }))
  })
})
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
const { port } = server.address() as AddressInfo
const origin = `http://127.0.0.1:${port}`
const http = guardedFetch()
const driver = http.webSocket as NonNullable<typeof http.webSocket>

afterAll(() => {
  for (const peer of accepting.clients) peer.terminate()
  server.closeAllConnections()
  server.close()
})

describe('guardedFetch().webSocket', () => {
  it.each(WEBSOCKET_CONFORMANCE)('$name', ({ run }) => run({ driver, origin }))

  const options = { agent: 'tester', signal: new AbortController().signal, maxMessageBytes: 100 }
  const connect = (url: string, network: 'public' | 'loopback' = 'loopback', idleMs = 10_000) =>
    driver.connect(
      { url: new URL(url), protocols: [], headers: [] },
      { ...options, network, idleMs },
    )

  it.each(['127.0.0.1', '[::1]', '[::ffff:127.0.0.1]', 'localhost', 'localhost.', '2130706433'])(
    'refuses %s without a grant for its network',
    async (host) => {
      await expect(connect(`http://${host}:${port}/echo`, 'public')).rejects.toMatchObject({
        name: 'HttpRefusal',
        network: 'loopback',
      })
    },
  )

  it('dials the address that it has checked, and asks once', async () => {
    let asked = 0
    const rebinding = guardedFetch({
      resolve: async () => [{ address: asked++ === 0 ? '203.0.113.1' : '127.0.0.1', family: 4 }],
    }).webSocket
    const opening = rebinding?.connect(
      { url: new URL(`http://changes.test:${port}/echo`), protocols: [], headers: [] },
      { ...options, network: 'loopback', idleMs: 1_000 },
    )
    await expect(opening).rejects.toMatchObject({ name: 'HttpRefusal', network: undefined })
    expect(asked).toBe(1)
  })

  it('reaches no endpoint of the host itself', async () => {
    const guarded = guardedFetch({
      ownEndpoints: [{ name: 'control plane', host: '127.0.0.1', port }],
    }).webSocket
    const opening = guarded?.connect(
      { url: new URL(`${origin}/echo`), protocols: [], headers: [] },
      { ...options, network: 'loopback', idleMs: 1_000 },
    )
    await expect(opening).rejects.toThrow('which no agent may reach')
  })

  it('follows no redirect, and says the status of an answer', async () => {
    await expect(connect(`${origin}/moved`)).rejects.toThrow('the answer is 302')
    await expect(connect(`${origin}/nothing`)).rejects.toThrow('the answer is 404')
  })

  it('says who it is', () => {
    expect(new Set(heads)).toEqual(new Set(['mayfly']))
  })

  it('holds a connection of its agent for as long as it is open', async () => {
    const bounded = guardedFetch({ maxSocketsByAgent: 1, maxWaitingByAgent: 0 })
    const open = () =>
      bounded.webSocket?.connect(
        { url: new URL(`${origin}/echo`), protocols: [], headers: [] },
        { ...options, network: 'loopback', idleMs: 1_000 },
      )
    const first = await open()
    await expect(open()).rejects.toThrow('wait for a connection')
    const over = new Promise((resolve) => first?.listen({ message() {}, ended: resolve }))
    first?.abort()
    await over
    await expect(open()).resolves.toBeDefined()
    expect(bounded.sockets?.use('tester').held).toBe(1)
  })

  it('breaks off when nothing comes, not even an answer to a ping', async () => {
    const channel = await connect(`${origin}/mute`, 'loopback', 40)
    const end = await new Promise((resolve) => channel.listen({ message() {}, ended: resolve }))
    expect(end).toEqual({ state: 'broken', hint: 'Nothing came for 40 ms' })
  })

  it('stays while the other side answers pings', async () => {
    const channel = await connect(`${origin}/echo`, 'loopback', 60)
    const pings = once(latest, 'ping').then(() => once(latest, 'ping'))
    const ended = vi.fn<() => void>()
    const came = new Promise((resolve) => channel.listen({ message: resolve, ended }))
    for (let count = 0; count < 3; count++) await pings
    void channel.send('still there')
    expect(await came).toBe('still there')
    expect(ended).not.toHaveBeenCalled()
    channel.abort()
  })
})

describe('a hostile server', () => {
  const frames: Readonly<Record<string, Uint8Array | string>> = {
    'bytes that are no UTF-8': Uint8Array.of(0x81, 2, 0xc3, 0x28),
    'a masked frame': Uint8Array.of(0x81, 0x81, 0, 0, 0, 0, 97),
    'a frame that is said to be compressed': Uint8Array.of(0xc1, 1, 0),
    'a frame of an unknown kind': Uint8Array.of(0x83, 0),
    'a fragment of nothing': Uint8Array.of(0x80, 1, 97),
    'a ping that is too long': Uint8Array.of(0x89, 126, 0, 126, ...new Uint8Array(126)),
    'a length of 2^63': Uint8Array.of(0x82, 127, 0x80, 0, 0, 0, 0, 0, 0, 0),
    'a length of 2^40': Uint8Array.of(0x82, 127, 0, 0, 1, 0, 0, 0, 0, 0),
    'a code that no frame has': Uint8Array.of(0x88, 2, 3, 0xed),
    'fragments without end': Uint8Array.from([2, 0, ...Array.from({ length: 4_000 }, () => 0)]),
    'an answer in place of frames': 'HTTP/1.1 200 OK\r\n\r\n',
  }

  it.each(Object.entries(frames))('is left when it sends %s', async (what, bytes) => {
    const raw = createNetServer((socket) => {
      socket.on('error', () => {})
      socket.once('data', (head) => {
        const key = /sec-websocket-key: (\S+)/i.exec(head.toString())?.[1]
        const accept = createHash('sha1')
          .update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`)
          .digest('base64')
        socket.write(
          `HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\nsec-websocket-accept: ${accept}\r\n\r\n`,
        )
        socket.write(bytes)
      })
    })
    await new Promise<void>((resolve) => raw.listen(0, '127.0.0.1', resolve))
    const { port: own } = raw.address() as AddressInfo
    const channel = await driver.connect(
      { url: new URL(`http://127.0.0.1:${own}/`), protocols: [], headers: [] },
      {
        agent: 'tester',
        signal: new AbortController().signal,
        network: 'loopback',
        maxMessageBytes: 100,
        idleMs: 10_000,
      },
    )
    const messages: unknown[] = []
    const end = await new Promise((resolve) =>
      channel.listen({ message: (content) => messages.push(content), ended: resolve }),
    )
    expect(messages).toEqual([])
    expect(end).toMatchObject({ state: what.includes('2^40') ? 'too-large' : 'broken' })
    raw.close()
  })

  it.each([
    ['a wrong key', 'connection: upgrade\r\nupgrade: websocket\r\nsec-websocket-accept: AAAA'],
    ['no upgrade', 'connection: upgrade'],
    [
      'an extension that was not offered',
      'connection: upgrade\r\nupgrade: websocket\r\nsec-websocket-extensions: permessage-deflate',
    ],
    ['headers without end', `x: ${'y'.repeat(40_000)}`],
  ])('is left when it answers with %s', async (_, head) => {
    const raw = createNetServer((socket) => {
      socket.on('error', () => {})
      socket.once('data', () => socket.end(`HTTP/1.1 101 Switching Protocols\r\n${head}\r\n\r\n`))
    })
    await new Promise<void>((resolve) => raw.listen(0, '127.0.0.1', resolve))
    const { port: own } = raw.address() as AddressInfo
    const opening = driver.connect(
      { url: new URL(`http://127.0.0.1:${own}/`), protocols: [], headers: [] },
      {
        agent: 'tester',
        signal: new AbortController().signal,
        network: 'loopback',
        maxMessageBytes: 100,
        idleMs: 10_000,
      },
    )
    await expect(opening).rejects.toThrow()
    raw.close()
  })
})
