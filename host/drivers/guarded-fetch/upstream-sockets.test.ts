/** Connections under a crowd, against a real server: the order in which agents get them, and that all come back. */
import { createServer, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { guardedFetch, type GuardedFetchOptions } from './guarded-fetch.ts'
import type { SocketCrowd } from './upstream-sockets.ts'
import type { HttpDriver } from '../../../runtime/capabilities/http/index.ts'

/** A machine under load is given time. */
const PATIENCE = { timeout: 30_000 }
const NEVER_MS = 3_600_000

let server: Server
let port = 0
/** Requests for `/hold`, which wait for an answer. */
let held: { readonly by: string; readonly response: ServerResponse }[] = []
const connections = new Set<object>()

beforeEach(async () => {
  held = []
  connections.clear()
  server = createServer((request, response) => {
    request.resume()
    if (request.url === '/hold') held.push({ by: request.headers['x-by'] as string, response })
    else if (request.url === '/break') request.socket.destroy()
    else if (request.url === '/endless') response.write('beginning')
    else response.writeHead(request.url === '/empty' ? 204 : 200).end()
  })
  // Nothing here is closed for being slow.
  server.keepAliveTimeout = 0
  server.on('connection', (socket) => connections.add(socket))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  ;({ port } = server.address() as AddressInfo)
})

afterEach(() => {
  server.closeAllConnections()
  server.close()
})

class Client {
  readonly driver: HttpDriver

  constructor(options: GuardedFetchOptions = {}) {
    const resolve = async () => [{ address: '127.0.0.1', family: 4 }]
    this.driver = guardedFetch({ resolve, keepAliveMs: NEVER_MS, ...options })
  }

  use(agent?: string): unknown {
    return this.driver.sockets?.use(agent)
  }

  fetch(
    agent: string,
    path: string,
    { host = '127.0.0.1', signal = new AbortController().signal, ...init }: FetchInit = {},
  ): Promise<Response> {
    const headers = { 'x-by': agent }
    const request = new Request(`http://${host}:${port}${path}`, { headers, ...init })
    return this.driver.fetch(request, { agent, signal, network: 'loopback' })
  }

  /** Makes `agent` send `count` requests, which the server holds. Each promise ends with its answer. */
  crowd(agent: string, count: number, signal?: AbortSignal): Promise<void>[] {
    return Array.from({ length: count }, async () => {
      const response = await this.fetch(agent, '/hold', signal === undefined ? {} : { signal })
      await response.arrayBuffer()
    })
  }
}

interface FetchInit extends Omit<RequestInit, 'signal'> {
  host?: string
  signal?: AbortSignal
}

/** Answers held requests one at a time, also new ones, until `count` were; returns the agents in order. */
async function answer(count: number): Promise<string[]> {
  const order: string[] = []
  while (order.length < count) {
    await expect.poll(() => held.length, PATIENCE).toBeGreaterThan(0)
    const next = held.shift()
    order.push(next?.by ?? '')
    next?.response.end('x')
  }
  return order
}

describe('guardedFetch()', () => {
  it('gives one agent its ceiling, so that another is answered although it holds all it can get', async () => {
    const client = new Client({ maxSockets: 8, maxSocketsByOrigin: 4, maxSocketsByAgent: 2 })
    const crowd = client.crowd('greedy', 50)
    await expect.poll(() => held.length, PATIENCE).toBe(2)
    const full = { held: 2, waiting: 48, refused: 0 }
    await expect.poll(() => client.use('greedy'), PATIENCE).toEqual(full)
    expect((await client.fetch('other', '/')).status).toBe(200)
    // It has not read its answer yet.
    expect(client.use()).toMatchObject({ held: 3, waiting: 48 })
    expect(held.length).toBe(2)
    await answer(50)
    await Promise.all(crowd)
    await expect
      .poll(() => client.use('greedy'), PATIENCE)
      .toEqual({ held: 0, waiting: 0, refused: 0 })
  })

  it('says once that requests wait, and how many', async () => {
    const crowds: SocketCrowd[] = []
    const bounds = { maxSockets: 4, maxSocketsByAgent: 1 }
    const client = new Client({ ...bounds, onWait: (crowd) => crowds.push(crowd) })
    const first = client.crowd('a', 1)
    await expect.poll(() => held.length, PATIENCE).toBe(1)
    expect(crowds).toEqual([])
    const crowd = client.crowd('a', 3)
    await expect.poll(() => client.use('a'), PATIENCE).toMatchObject({ waiting: 3 })
    expect(crowds).toEqual([
      { agent: 'a', held: 1, waiting: 1, maxByAgent: 1, heldByAll: 1, max: 4 },
    ])
    await answer(4)
    await Promise.all([...first, ...crowd])
  })

  it('deals in turns: a crowd gets one connection between what another asks for and gets', async () => {
    const client = new Client({ maxSockets: 2, maxSocketsByAgent: 2 })
    const first = client.crowd('first', 2)
    await expect.poll(() => held.length, PATIENCE).toBe(2)
    const crowd = [...client.crowd('greedy', 20), ...client.crowd('other', 1)]
    await expect.poll(() => client.use(), PATIENCE).toMatchObject({ waiting: 21 })
    for (let answers = 0; answers < 2; answers++) {
      expect(await answer(1)).toEqual(['first'])
      // Wait until the next request has reached the server.
      await expect.poll(() => held.length, PATIENCE).toBe(2)
    }
    expect(held.map(({ by }) => by)).toEqual(['greedy', 'other'])
    await answer(21)
    await Promise.all([...first, ...crowd])
  })

  it('has a ceiling for an origin, behind which no other waits', async () => {
    const client = new Client({ maxSocketsByOrigin: 2, maxSocketsByAgent: 2 })
    const crowd = [...client.crowd('a', 1), ...client.crowd('b', 1), ...client.crowd('c', 5)]
    await expect.poll(() => held.length, PATIENCE).toBe(2)
    await expect.poll(() => client.use('c'), PATIENCE).toMatchObject({ held: 0, waiting: 5 })
    expect((await client.fetch('c', '/', { host: 'elsewhere.test' })).status).toBe(200)
    await answer(7)
    await Promise.all(crowd)
  })

  it('waits only as long as its signal, and leaves its place', async () => {
    const client = new Client({ maxSocketsByAgent: 1 })
    const crowd = client.crowd('a', 1)
    await expect.poll(() => held.length, PATIENCE).toBe(1)
    const deadline = new AbortController()
    const late = client.crowd('a', 5, deadline.signal)
    const full = { held: 1, waiting: 5, refused: 0 }
    await expect.poll(() => client.use('a'), PATIENCE).toEqual(full)
    deadline.abort(new Error('too late'))
    for (const each of late) await expect(each).rejects.toThrow('too late')
    expect(client.use('a')).toEqual({ held: 1, waiting: 0, refused: 0 })
    await expect(
      client.fetch('a', '/', { signal: AbortSignal.abort(new Error('gone')) }),
    ).rejects.toThrow('gone')
    await answer(1)
    await Promise.all(crowd)
  })

  it('fails when too many of the agent wait, and lets others wait', async () => {
    const client = new Client({ maxSockets: 1, maxSocketsByAgent: 1, maxWaitingByAgent: 2 })
    const crowd = client.crowd('a', 3)
    await expect.poll(() => held.length, PATIENCE).toBe(1)
    const full = { held: 1, waiting: 2, refused: 0 }
    await expect.poll(() => client.use('a'), PATIENCE).toEqual(full)
    await expect(client.fetch('a', '/')).rejects.toThrow(
      /Cannot connect to http:\/\/127\.0\.0\.1:\d+: 2 requests of agent "a" wait/,
    )
    const other = client.fetch('b', '/')
    const fuller = { held: 1, waiting: 3, refused: 1 }
    await expect.poll(() => client.use(), PATIENCE).toEqual(fuller)
    await answer(3)
    expect((await other).status).toBe(200)
    await Promise.all(crowd)
  })

  it('uses one connection for all that wait for one', async () => {
    const client = new Client({ maxSocketsByAgent: 1 })
    const crowd = client.crowd('a', 10)
    await answer(10)
    await Promise.all(crowd)
    expect(connections.size).toBe(1)
  })

  describe('gives a connection back', () => {
    const ENDINGS: readonly (readonly [string, (client: Client) => Promise<unknown>])[] = [
      ['when the body was read', async (client) => (await client.fetch('a', '/')).text()],
      [
        'when the body is cancelled',
        async (client) => (await client.fetch('a', '/endless')).body?.cancel(),
      ],
      ['of an answer to HEAD', (client) => client.fetch('a', '/', { method: 'HEAD' })],
      ['of an answer without a body', (client) => client.fetch('a', '/empty')],
      ['that broke off', (client) => client.fetch('a', '/break')],
      [
        'of a request that is aborted before its answer',
        async (client) => {
          const abort = new AbortController()
          const [request] = client.crowd('a', 1, abort.signal)
          await expect.poll(() => held.length, PATIENCE).toBe(1)
          abort.abort()
          await request
        },
      ],
      [
        'of an answer that the guest does not read, with its invocation',
        async (client) => {
          const abort = new AbortController()
          await client.fetch('a', '/endless', { signal: abort.signal })
          expect(client.use('a')).toMatchObject({ held: 1 })
          abort.abort()
        },
      ],
      [
        'of a request whose body breaks off',
        (client) => {
          const body = new ReadableStream({ pull: (controller) => controller.error(new Error()) })
          const init = { method: 'POST', body, duplex: 'half' }
          return client.fetch('a', '/', init as FetchInit)
        },
      ],
    ]

    it.for(ENDINGS)('%s', async ([, end]) => {
      const client = new Client()
      await end(client).catch(() => {})
      await expect.poll(() => client.use(), PATIENCE).toEqual({ held: 0, waiting: 0, refused: 0 })
    })

    it('of a name that does not resolve, or may not be dialled', async () => {
      for (const resolve of [
        () => Promise.reject(new Error('no such name')),
        async () => [{ address: '169.254.169.254', family: 4 }],
      ]) {
        const client = new Client({ resolve })
        await expect(client.fetch('a', '/', { host: 'name.test' })).rejects.toThrow()
        await expect.poll(() => client.use(), PATIENCE).toEqual({ held: 0, waiting: 0, refused: 0 })
      }
    })
  })

  it('resolves names in turns: names of one agent that get no answer do not block the names of another', async () => {
    const asked: string[] = []
    const client = new Client({
      resolve: (hostname) => {
        asked.push(hostname)
        const answer = [{ address: '127.0.0.1', family: 4 }]
        return hostname === 'silent.test' ? new Promise(() => {}) : Promise.resolve(answer)
      },
    })
    const abort = new AbortController()
    const host = 'silent.test'
    const silent = Array.from({ length: 20 }, () =>
      client.fetch('greedy', '/', { host, signal: abort.signal }),
    )
    await expect.poll(() => asked, PATIENCE).toEqual([host, host])
    const answer = await client.fetch('other', '/', { host: 'mine.test' })
    expect([answer.status, asked]).toEqual([200, [host, host, 'mine.test']])
    abort.abort(new Error('too late'))
    for (const each of silent) await expect(each).rejects.toThrow()
    expect(client.use('greedy')).toMatchObject({ held: 0, waiting: 0 })
    expect(asked).toHaveLength(3)
  })

  describe('idle connections', () => {
    async function visit(client: Client, agent: string, host: string): Promise<void> {
      await (await client.fetch(agent, '/', { host })).text()
    }

    function open(): Promise<number> {
      return new Promise((resolve) => server.getConnections((_, count) => resolve(count)))
    }

    it('are bounded, wherever they lead', async () => {
      const client = new Client({ maxIdleSockets: 3 })
      for (let number = 0; number < 10; number++) await visit(client, 'a', `h${number}.test`)
      await expect.poll(open, PATIENCE).toBe(3)
    })

    it('of an agent that has few stay, however many another leaves', async () => {
      const client = new Client({ maxIdleSockets: 3 })
      await visit(client, 'few', 'mine.test')
      for (let number = 0; number < 10; number++) await visit(client, 'many', `h${number}.test`)
      await expect.poll(open, PATIENCE).toBe(3)
      const before = connections.size
      await visit(client, 'few', 'mine.test')
      expect(connections.size).toBe(before)
    })
  })
})
