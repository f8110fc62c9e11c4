import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { describe, expect, it, vi } from 'vitest'
import { WholeAnswer, type Answer } from '../../../runtime/agents/index.ts'
import { createHttpServer, HTTP_LIMITS, type HttpServerOptions } from './http-server.ts'
import { message, statusOf, Wire } from './testing/wire.ts'

// More than sockets of the system take.
const LARGE_BYTES = 50_000_000
const SEND_TIMEOUT_MS = 150

async function listening(
  fetch: HttpServerOptions['fetch'],
  reply: HttpServerOptions['reply'] = undefined,
) {
  const limits = { ...HTTP_LIMITS, sendTimeoutMs: SEND_TIMEOUT_MS }
  const server = createHttpServer({ fetch, limits, ...(reply === undefined ? {} : { reply }) })
  const closes: number[] = []
  server.on('connection', (socket) => socket.once('close', () => closes.push(performance.now())))
  await once(server.listen(0, '127.0.0.1'), 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    closes,
    [Symbol.dispose]() {
      server.closeAllConnections()
      server.close()
    },
  }
}

describe('createHttpServer()', () => {
  it('closes on a client that does not take its answer', async () => {
    using server = await listening(() => new Response(new Uint8Array(LARGE_BYTES)))
    using wire = new Wire(server.url)
    wire.socket.pause()
    wire.send(message('GET', '/', []))
    await vi.waitFor(() => expect(server.closes).toHaveLength(1), { timeout: 10_000 })
  })

  it('waits for an answer that takes longer to make', async () => {
    let answer: (response: Response) => void = () => {}
    const made = new Promise<Response>((resolve) => (answer = resolve))
    using server = await listening(() => made)
    using wire = new Wire(server.url)
    wire.send(message('GET', '/', ['Connection: close']))
    setTimeout(() => answer(new Response('late')), 3 * SEND_TIMEOUT_MS)
    expect(statusOf(await wire.closed())).toBe(200)
    expect(wire.received).toContain('late')
  })

  it('answers 500 for a fault of ours, and 400 for one of the client', async () => {
    using server = await listening(() => {
      throw new Error('a detail of the host')
    })
    for (const [target, status] of [
      ['/', 500],
      ['/a\\b', 400],
    ] as const) {
      using wire = new Wire(server.url)
      wire.send(message('GET', target, []))
      const answer = await wire.closed()
      expect(statusOf(answer)).toBe(status)
      expect(answer).not.toContain('detail')
    }
  })
})

describe('createHttpServer() with a reply', () => {
  const BYTES = Uint8Array.from({ length: 256 }, (_, at) => at)

  it('replies to a POST whose short body came with its head, and leaves others to the adapter', async () => {
    const bodies: string[] = []
    using server = await listening(
      async (request) => new Response(`adapter: ${await request.text()}`),
      (_, connection) => {
        bodies.push(new TextDecoder().decode(connection.arrivedBody?.()))
        return new WholeAnswer(200, [], BYTES)
      },
    )
    const head = message('POST', '/', ['Content-Length: 5'])
    using wire = new Wire(server.url)
    wire.send(`${head}first${head}again`)
    wire.send(head)
    await vi.waitFor(() => expect(wire.received.match(/HTTP\/1.1 200/g)).toHaveLength(2))
    expect(bodies).toEqual(['first', 'again'])
    wire.send('later')
    wire.send(message('POST', '/', ['Content-Length: 5', 'Connection: close']) + 'third')
    expect(await wire.closed()).toContain('adapter: later')
    expect(bodies).toEqual(['first', 'again', 'third'])
  })

  async function replying(
    reply: () => Answer | Promise<Answer>,
    requests: readonly string[] = [message('GET', '/', ['Connection: close'])],
  ): Promise<string> {
    using server = await listening(() => new Response('by the adapter'), reply)
    using wire = new Wire(server.url)
    for (const request of requests) wire.send(request)
    return await wire.closed()
  }

  it('sends every byte of a body, and of a field, as it is', async () => {
    const body = await replying(() => new WholeAnswer(201, ['x-mark', '\xe9'], BYTES))
    expect(statusOf(body)).toBe(201)
    expect(body).toMatch(/^x-mark: \xe9\r$/m)
    expect(body).toMatch(/^content-length: 256\r$/m)
    expect(body).not.toMatch(/^(?:content-type|transfer-encoding):/im)
    expect(Buffer.from(body.slice(body.indexOf('\r\n\r\n') + 4), 'latin1')).toEqual(
      Buffer.from(BYTES),
    )
  })

  it('says how long an answer is, where it has a length', async () => {
    const lengthOf = async (answer: WholeAnswer, method = 'GET'): Promise<string | undefined> => {
      const sent = await replying(() => answer, [message(method, '/', ['Connection: close'])])
      expect(sent).not.toMatch(/^transfer-encoding:/im)
      return /^content-length: (\d+)\r$/m.exec(sent)?.[1]
    }
    expect(await lengthOf(new WholeAnswer(200, [], null))).toBe('0')
    expect(await lengthOf(new WholeAnswer(204, [], null))).toBeUndefined()
    expect(await lengthOf(new WholeAnswer(200, [], BYTES), 'HEAD')).toBe('256')
    expect(await lengthOf(new WholeAnswer(200, [], null), 'HEAD')).toBeUndefined()
    expect(await lengthOf(new WholeAnswer(200, ['content-length', '7'], null), 'HEAD')).toBe('7')
  })

  it('has the adapter send a stream, and answer requests that are not plain', async () => {
    const streams = (): Answer => new Response(new Blob(['piece']).stream())
    expect(await replying(streams)).toContain('piece')
    for (const target of ['/-/health', '/%2d/health', '/a/../b', '/a%20b'])
      expect(await replying(streams, [message('GET', target, ['Connection: close'])])).toContain(
        'by the adapter',
      )
    const inChunks = message('POST', '/', ['Transfer-Encoding: chunked', 'Connection: close'])
    expect(await replying(streams, [`${inChunks}1\r\nx\r\n0\r\n\r\n`])).toContain('by the adapter')
    const withBody = message('POST', '/', ['Content-Length: 1', 'Connection: close'])
    expect(await replying(streams, [`${withBody}x`])).toContain('piece')
  })

  it('answers in the order of the requests of a connection', async () => {
    let count = 0
    const reply = async (): Promise<Answer> => {
      const mine = ++count
      // The second is there before the first.
      if (mine === 1) await new Promise((resolve) => setTimeout(resolve, 20))
      return new WholeAnswer(200, [], Buffer.from(`answer ${mine}`))
    }
    const requests = [message('GET', '/', []), message('GET', '/', ['Connection: close'])]
    const sent = await replying(reply, requests)
    expect([...sent.matchAll(/answer \d/g)].map(String)).toEqual(['answer 1', 'answer 2'])
  })

  it('answers 500 for a fault of ours, at once or later', async () => {
    const fault = (): never => {
      throw new Error('a detail of the host')
    }
    for (const reply of [fault, async () => fault()]) {
      const sent = await replying(reply)
      expect(statusOf(sent)).toBe(500)
      expect(sent).not.toContain('detail')
    }
  })
})
