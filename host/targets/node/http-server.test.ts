import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { describe, expect, it, vi } from 'vitest'
import { createHttpServer, HTTP_LIMITS } from './http-server.ts'
import { message, statusOf, Wire } from './testing/wire.ts'

// More than sockets of the system take.
const LARGE_BYTES = 50_000_000
const SEND_TIMEOUT_MS = 150

async function listening(fetch: () => Response | Promise<Response>) {
  const limits = { ...HTTP_LIMITS, sendTimeoutMs: SEND_TIMEOUT_MS }
  const server = createHttpServer({ fetch, limits })
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
