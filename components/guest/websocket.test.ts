/** `WebSocket` in an agent, against a server on this machine that behaves, and that does not. @module */
import { createServer } from 'node:http'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { WebSocketServer, type WebSocket as Peer } from 'ws'
import { guardedFetch } from '../../host/drivers/guarded-fetch/index.ts'
import { buildAgent } from '../../host/toolchain/index.ts'
import type { InvocationRecord } from '../../runtime/agents/index.ts'
import { Runtime } from '../../runtime/presets/index.ts'
import { sharedCode } from '../../runtime/testing/shared-code.ts'

const SOURCE = `
const AsyncFunction = (async () => {}).constructor
const once = (target, type) => new Promise((resolve) => target.addEventListener(type, resolve, { once: true }))
/** What happens until the WebSocket is closed. */
function watch(socket, seen = []) {
  for (const type of ['open', 'message', 'error', 'close']) {
    socket['on' + type] = function (event) {
      if (this !== socket || event.target !== socket) throw new Error('other target')
      seen.push(type === 'message' ? [type, event.data, event.origin]
        : type === 'error' ? [type, event.message, event.error?.code]
        : type === 'close' ? [type, event.code, event.reason, event.wasClean] : [type, socket.protocol])
    }
  }
  return once(socket, 'close').then(() => seen)
}
const RUNS = {
  async echo({ url }) {
    const socket = new WebSocket(url, ['one', 'two'])
    const over = watch(socket)
    const states = [socket.readyState, socket.url, socket.binaryType, socket.bufferedAmount, String(socket)]
    await once(socket, 'open')
    states.push(socket.readyState, socket.protocol, socket.extensions)
    socket.send('a\\ud800b')
    socket.send(new Uint8Array([1, 2, 3]).subarray(1))
    socket.send(new Blob(['xyz']))
    socket.send(new Uint8Array([7]).buffer)
    socket.send(12)
    states.push(socket.bufferedAmount > 0)
    const got = []
    while (got.length < 5) got.push((await once(socket, 'message')).data)
    socket.binaryType = 'arraybuffer'
    socket.binaryType = 'other'
    socket.send(new Uint8Array([9]))
    got.push((await once(socket, 'message')).data)
    socket.close(3000, 'bye')
    states.push(socket.readyState)
    const seen = await over
    const shown = await Promise.all(got.map(async (each) => each instanceof Blob
      ? ['blob', ...new Uint8Array(await each.arrayBuffer())]
      : each instanceof ArrayBuffer ? ['buffer', ...new Uint8Array(each)] : each))
    return { states, shown, last: seen.at(-1), first: seen[0], end: socket.readyState, left: socket.bufferedAmount }
  },
  watch: ({ url, send, init }) => {
    const socket = new WebSocket(url, init)
    if (send !== undefined) socket.addEventListener('open', () => socket.send(send))
    return watch(socket)
  },
  async early({ url }) {
    const socket = new WebSocket(url)
    const over = watch(socket)
    const failed = (() => { try { socket.send('x') } catch (error) { return error.name } })()
    socket.close()
    return [failed, socket.readyState, await over]
  },
  refused: ({ cases }) => cases.map((given) => {
    try { new WebSocket(...given) } catch (error) { return error.name }
  }),
  async codes({ url, cases }) {
    const socket = new WebSocket(url)
    await once(socket, 'open')
    return cases.map((given) => {
      try { socket.close(...given) } catch (error) { return error.name }
      return socket.readyState
    })
  },
  async much({ url, count, size }) {
    const socket = new WebSocket(url)
    const seen = []
    const over = watch(socket, seen)
    await once(socket, 'open')
    for (let sent = 0; sent < count; sent++) socket.send('x'.repeat(size))
    socket.close()
    await over
    return seen.at(-1)
  },
  async later({ url }) {
    const socket = new WebSocket(url)
    await once(socket, 'open')
    // Left open.
    return 'answered'
  },
  events: () => {
    const event = new CloseEvent('close', { code: 4000, reason: 'r', wasClean: true })
    return [event.code, event.reason, event.wasClean, String(event), new CloseEvent('x').code, WebSocket.OPEN,
      Object.keys(WebSocket).sort()]
  },
}
export default {
  async fetch(request) {
    const { run, ...given } = await request.json()
    return Response.json((await RUNS[run](given)) ?? null)
  },
}
`

type Behave = (peer: Peer, headers: Readonly<Record<string, unknown>>) => void
const closed: [path: string, code: number, reason: string][] = []
const BEHAVIOURS: Readonly<Record<string, Behave>> = {
  '/echo': (peer) => peer.on('message', (data, isBinary) => peer.send(data, { binary: isBinary })),
  '/close': (peer) => peer.close(4_321, 'enough'),
  '/break': (peer) => peer.terminate(),
  '/flood': (peer) => {
    const more = (): void => {
      if (peer.readyState === peer.OPEN) peer.send(new Uint8Array(65_536), more)
    }
    more()
  },
  '/many': (peer) => {
    const more = (): void => {
      if (peer.readyState !== peer.OPEN) return
      for (let sent = 0; sent < 100; sent++) peer.send('')
      setImmediate(more)
    }
    more()
  },
  '/large': (peer) => peer.send('x'.repeat(1_048_577)),
  '/fields': (peer, headers) => {
    peer.send(JSON.stringify([headers['authorization'], headers['x-own'], headers['origin']]))
    peer.close()
  },
  '/secret': (peer, headers) => {
    peer.send(`you sent ${String(headers['authorization'])}`)
    peer.send(Buffer.from(`${String(headers['authorization'])}`))
    peer.close(4_000, String(headers['authorization']))
  },
  '/ignores': (peer) => peer.pause(),
}
const accepting = new WebSocketServer({ noServer: true })
const server = createServer((_, response) => response.writeHead(200).end())
server.on('upgrade', (request, socket, head) => {
  const path = new URL(request.url ?? '', 'http://any').pathname
  const behave = BEHAVIOURS[path]
  if (behave === undefined) return void socket.end('HTTP/1.1 403 Forbidden\r\n\r\n')
  accepting.handleUpgrade(request, socket, head, (peer) => {
    peer.on('error', () => {})
    peer.on('close', (code, reason) => closed.push([path, code, reason.toString()]))
    behave(peer, request.headers)
  })
})
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
const { port } = server.address() as AddressInfo
const base = `ws://127.0.0.1:${port}`
const secret = 'Bearer s3cr3t-token-of-the-host'

const directory = mkdtempSync(join(tmpdir(), 'mayfly-websocket-'))
const records: InvocationRecord[] = []
const runtime = new Runtime({
  codeStore: sharedCode,
  drivers: {
    http: guardedFetch(),
    secrets: { name: 'test', get: () => ({ value: secret }), hint: () => '' },
  },
  onInvocation: (record) => void records.push(record),
})

afterAll(async () => {
  await runtime.close()
  for (const peer of accepting.clients) peer.terminate()
  server.closeAllConnections()
  server.close()
  rmSync(directory, { recursive: true })
})

const place = { host: '127.0.0.1', scheme: 'http', network: 'loopback', port }
const rules = [
  {
    ...place,
    upgrade: true,
    paths: ['/secret'],
    headers: { authorization: '{secret:TOKEN}' },
  },
  { ...place, paths: ['/plain'] },
  { ...place, upgrade: true, paths: Object.keys(BEHAVIOURS).concat('/forbidden') },
  { host: 'far.test', scheme: 'http', port, upgrade: true },
]

async function agentWith(limits: object = {}) {
  writeFileSync(join(directory, 'agent.js'), SOURCE)
  writeFileSync(
    join(directory, 'agent.json'),
    JSON.stringify({ name: 'sockets', source: 'agent.js', capabilities: { http: rules }, limits }),
  )
  const agent = await runtime.load(await buildAgent({ directory }))
  return async (run: string, given: object = {}): Promise<unknown> => {
    records.length = 0
    const body = JSON.stringify({ run, ...given })
    const response = await agent.fetch(new Request('http://any/', { method: 'POST', body }))
    const text = await response.text()
    return response.status === 200 ? JSON.parse(text) : [response.status, text]
  }
}

const ask = await agentWith()

describe('WebSocket in an agent', () => {
  it('sends and receives texts and bytes, and closes', async () => {
    expect(await ask('echo', { url: `${base}/echo?token=t0ken` })).toEqual({
      states: [
        0,
        `${base}/echo?token=t0ken`,
        'blob',
        0,
        '[object WebSocket]',
        1,
        'one',
        '',
        true,
        2,
      ],
      shown: [
        'a\ufffdb',
        ['blob', 2, 3],
        ['blob', 120, 121, 122],
        ['blob', 7],
        '12',
        ['buffer', 9],
      ],
      first: ['open', 'one'],
      last: ['close', 3000, 'bye', true],
      end: 3,
      left: 0,
    })
    const own = { capability: 'http', target: `127.0.0.1:${port}`, rule: 'http[2]' }
    expect(records[0]?.events).toEqual([
      { ...own, action: 'connect', outcome: 'allowed' },
      { ...own, action: 'close', outcome: 'allowed', bytesIn: 14, bytesOut: 14 },
    ])
    expect(JSON.stringify(records)).not.toContain('t0ken')
  })

  it('hears how the other side closes, or breaks off', async () => {
    expect(await ask('watch', { url: `${base}/close` })).toEqual([
      ['open', ''],
      ['close', 4321, 'enough', true],
    ])
    expect(await ask('watch', { url: `${base}/break` })).toEqual([
      ['open', ''],
      ['error', 'The connection broke off', null],
      ['close', 1006, '', false],
    ])
  })

  it.each([
    ['a path that no rule grants', '/other', 'denied'],
    ['a rule without "upgrade"', '/plain', 'denied'],
    ['a server that opens none', '/forbidden', 'unavailable'],
  ])('fails for %s', async (_, path, code) => {
    expect(await ask('watch', { url: base + path })).toEqual([
      ['error', `Cannot connect to 127.0.0.1:${port}: ${code}`, code],
      ['close', 1006, '', false],
    ])
    if (code === 'denied')
      expect(records[0]?.events[0]?.hint).toContain(`"paths": ["${path}"], "upgrade": true }`)
  })

  it('puts headers of the agent and of the rule into the opening, and takes secrets out of what comes', async () => {
    const init = { protocols: [], headers: { 'x-own': '1', authorization: 'guess' } }
    expect(await ask('watch', { url: `${base}/fields`, init })).toMatchObject([
      ['open', ''],
      ['message', '["guess","1",null]', base],
      ['close', 1005, '', true],
    ])
    const seen = JSON.stringify(await ask('watch', { url: `${base}/secret`, init }))
    expect(seen).toContain('you sent *****')
    expect(seen).toContain('["close",4000,"*****')
    expect(seen).not.toContain('s3cr3t')
  })

  it('refuses URLs, protocols and headers that are none', async () => {
    const cases = [
      ['ftp://a.test'],
      ['/a'],
      ['wss://a.test/#b'],
      ['wss://a.test', 'a b'],
      ['wss://a.test', ['a', 'a']],
      ['wss://a.test', ['']],
    ]
    expect(await ask('refused', { cases })).toEqual(cases.map(() => 'SyntaxError'))
    const init = { headers: { 'sec-websocket-key': 'x' } }
    expect(await ask('watch', { url: `${base}/echo`, init })).toEqual([
      ['error', `Cannot connect to 127.0.0.1:${port}: malformed`, 'malformed'],
      ['close', 1006, '', false],
    ])
  })

  it('refuses codes and reasons that no agent may send', async () => {
    const cases = [[1001], [999], [5000], [1005], [1000, 'x'.repeat(124)], [3000, 'é'.repeat(61)]]
    expect(await ask('codes', { url: `${base}/echo`, cases })).toEqual([
      'InvalidAccessError',
      'InvalidAccessError',
      'InvalidAccessError',
      'InvalidAccessError',
      'SyntaxError',
      2,
    ])
  })

  it('can be closed before it is open', async () => {
    expect(await ask('early', { url: `${base}/echo` })).toEqual([
      'InvalidStateError',
      2,
      [
        ['error', 'The WebSocket was closed before it was open', null],
        ['close', 1006, '', false],
      ],
    ])
  })

  it('ends with the request', async () => {
    closed.length = 0
    expect(await ask('later', { url: `${base}/echo` })).toBe('answered')
    await expect.poll(() => closed).toContainEqual(['/echo', 1001, ''])
  })

  it('has CloseEvent and the constants', async () => {
    expect(await ask('events')).toEqual([
      4000,
      'r',
      true,
      '[object CloseEvent]',
      0,
      1,
      ['CLOSED', 'CLOSING', 'CONNECTING', 'OPEN'],
    ])
  })
})

describe('WebSocket in an agent, bounded', async () => {
  const small = await agentWith({
    inboundBytes: 262_144,
    outboundBytes: 262_144,
    websocketMessages: 500,
    deadlineMs: 2_000,
  })
  const limited = [
    ['error', `Cannot receive from 127.0.0.1:${port}: limited`, 'limited'],
    ['close', 1006, '', false],
  ]

  it.each(['/flood', '/many', '/large'])('ends at a bound: %s', async (path) => {
    const seen = (await small('watch', { url: base + path })) as unknown[]
    const end = path === '/large' ? [limited[0], ['close', 1009, '', false]] : limited
    expect(seen.slice(-2)).toEqual(end)
    expect(records[0]?.events.at(-1)).toMatchObject({ action: 'close', outcome: 'limited' })
  })

  it('sends no more than it may', async () => {
    expect(await small('much', { url: `${base}/echo`, count: 300, size: 1_000 })).toEqual(
      limited[1],
    )
    expect(await small('much', { url: `${base}/echo`, count: 501, size: 1 })).toEqual(limited[1])
  })

  it('ends by its deadline when the other side reads nothing', async () => {
    const url = `${base}/ignores`
    const [status] = (await (
      await agentWith({ deadlineMs: 500 })
    )('much', {
      url,
      count: 100,
      size: 100_000,
    })) as [number]
    expect(status).toBe(504)
  })
})
