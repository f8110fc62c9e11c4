/** Load on real servers, good and bad. @module */
import { createServer, type RequestListener } from 'node:http'
import {
  createServer as createNetServer,
  type AddressInfo,
  type Server as NetServer,
  type Socket,
} from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { load, type LoadOptions, type LoadReport } from './index.ts'

const REQUESTS = 30
// One on each connection may be under way at the end.
const ANSWERS = REQUESTS - 2

const servers: (() => void)[] = []

afterEach(() => {
  for (const close of servers.splice(0)) close()
})

async function urlOf(server: NetServer): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  servers.push(() => void server.close())
  // A TCP server that listens has no other kind.
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
}

/** Ends after 30 requests: a busy machine may take a while for them. */
async function loaded(
  answer: RequestListener,
  options: Partial<LoadOptions> = {},
): Promise<LoadReport> {
  const ending = new AbortController()
  let asked = 0
  const server = createServer((request, response) => {
    if (++asked === REQUESTS) ending.abort()
    answer(request, response)
  })
  const url = await urlOf(server)
  servers.push(() => server.closeAllConnections())
  return load({ url, connections: 2, seconds: 600, signal: ending.signal, ...options })
}

/** Ends at the fourth connection: those before have failed by then. */
async function connected(
  onConnection: (socket: Socket) => void,
  options: Partial<LoadOptions> = {},
): Promise<LoadReport> {
  const ending = new AbortController()
  let count = 0
  const server = createNetServer((socket) => {
    servers.push(() => socket.destroy())
    if (++count === 4) ending.abort()
    onConnection(socket.on('error', () => {}))
  })
  const url = await urlOf(server)
  return load({ url, connections: 2, seconds: 600, signal: ending.signal, ...options })
}

describe('load()', () => {
  it('counts what was answered, by status', async () => {
    let count = 0
    const report = await loaded((_, response) => {
      response.statusCode = ++count % 2 === 0 ? 503 : 200
      response.end('hello')
    })
    const { requests, statuses, latencies, errors, bytesRead, bytesSent, seconds } = report
    expect(requests).toBeGreaterThanOrEqual(ANSWERS)
    expect((statuses.get(200) ?? 0) + (statuses.get(503) ?? 0)).toBe(requests)
    expect([latencies.count, errors.size]).toEqual([requests, 0])
    expect(latencies.percentile(50)).toBeLessThanOrEqual(latencies.percentile(99))
    expect(bytesRead).toBeGreaterThan(requests * 5)
    expect(bytesSent).toBeGreaterThan(requests * 20)
    expect(seconds).toBeGreaterThan(0)
  })

  it('sends method, headers and body, and paths in turn', async () => {
    const seen = new Set<string>()
    await loaded(
      async (request, response) => {
        const body = Buffer.concat(await Array.fromAsync(request)).toString()
        const { method, url, headers } = request
        seen.add(`${method} ${url} ${headers['x-a']} ${headers.host} ${body}`)
        response.end()
      },
      {
        method: 'put',
        headers: [
          ['X-A', '1'],
          ['Host', 'a.test'],
        ],
        body: 'héllo',
        paths: ['/1', '/2?x'],
      },
    )
    expect([...seen].toSorted()).toEqual(['PUT /1 1 a.test héllo', 'PUT /2?x 1 a.test héllo'])
  })

  it('connects again where each connection is closed', async () => {
    const report = await loaded((_, response) => response.setHeader('connection', 'close').end('x'))
    expect(report.requests).toBeGreaterThanOrEqual(ANSWERS)
    expect(report.errors.size).toBe(0)
  })

  it('reads streams, and answers to HEAD', async () => {
    const chunked = await loaded((_, response) => (response.write('a'), response.end('b')))
    expect([chunked.requests >= ANSWERS, chunked.errors.size]).toEqual([true, 0])
    const head = await loaded((_, response) => response.setHeader('content-length', 5).end(), {
      method: 'HEAD',
    })
    expect([head.requests >= ANSWERS, head.errors.size]).toEqual([true, 0])
  })

  it.each<[string, (socket: Socket) => void, Partial<LoadOptions>]>([
    [
      'connection closed',
      (socket) => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nx'),
      {},
    ],
    ['no HTTP response', (socket) => socket.write('hello\r\n\r\n'), {}],
    ['time-out', () => {}, { timeoutMs: 10 }],
  ])('counts as an error: %s', async (reason, onConnection, options) => {
    const { requests, errors } = await connected(onConnection, options)
    expect([requests, ...errors.keys()]).toEqual([0, reason])
    // No tight loop: each connection waits before it connects again.
    expect(errors.get(reason)).toBeLessThan(10)
  })

  it('ends after its time, where nothing listens too', async () => {
    const gone = createServer()
    const url = await urlOf(gone)
    await new Promise((resolve) => gone.close(resolve))
    const { requests, errors, seconds } = await load({ url, connections: 1, seconds: 0.3 })
    expect([requests, ...errors.keys()]).toEqual([0, 'ECONNREFUSED'])
    expect(seconds).toBeGreaterThanOrEqual(0.299)
  })

  it.each<[Partial<LoadOptions>, string]>([
    [{ method: 'GE T' }, 'Cannot use method "GE T"'],
    [{ headers: [['a b', '1']] }, 'Cannot use header "a b"'],
    [{ headers: [['a', '1\r\nb: 2']] }, 'Cannot use header "a"'],
  ])('refuses %j', async (options, message) => {
    const asked = load({ url: 'http://127.0.0.1:1/', connections: 1, seconds: 1, ...options })
    await expect(asked).rejects.toThrow(message)
  })
})
