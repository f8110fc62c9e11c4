/**
 * Bounds on clients that send no request to an agent.
 *
 * @module
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { HTTP_LIMITS } from './http-server.ts'
import { startServer, type MayflyServer } from './index.ts'
import { message, statusOf, Wire } from './testing/wire.ts'

// Long for one request on a busy machine, and short to wait for.
const HTTP = {
  maxConnections: 3,
  maxHeaderBytes: 2_000,
  headersTimeoutMs: 300,
  requestTimeoutMs: 900,
  idleTimeoutMs: 300,
} as const

const TOKEN = 'of-the-operator'

let server: MayflyServer

beforeAll(async () => {
  const options = { agents: [], port: 0, workers: 1, logLevel: 'silent' } as const
  server = await startServer({ ...options, http: HTTP, controlToken: TOKEN })
}, 60_000)

afterAll(() => server?.close())

const HEALTH = message('GET', '/-/health', [])

describe('startServer() bounds', () => {
  it('connections: one more gets 503, and the next is served when one has gone', async () => {
    // Busy machines start workers slowly, and health is 503 until then.
    await expect.poll(() => tryHealth(), { timeout: 5_000 }).toBe(200)
    const wires = Array.from({ length: HTTP.maxConnections }, () => new Wire(server.url))
    try {
      for (const wire of wires) wire.send(HEALTH)
      for (const wire of wires) expect(statusOf(await wire.until(/\r\n\r\n/))).toBe(200)
      using over = new Wire(server.url)
      const answer = await over.closed()
      expect(statusOf(answer)).toBe(503)
      expect(answer).toMatch(/^retry-after: 1\r$/m)
      expect(answer).toContain('"error":"too many connections"')
    } finally {
      for (const wire of wires) wire[Symbol.dispose]()
    }
    await expect.poll(() => tryHealth(), { timeout: 5_000 }).toBe(200)
  })

  it('headers: with more bytes they get 431, with fewer they are read', async () => {
    using over = new Wire(server.url)
    over.send(message('GET', '/-/health', [`x-large: ${'x'.repeat(HTTP.maxHeaderBytes)}`]))
    expect(statusOf(await over.closed())).toBe(431)
    using within = new Wire(server.url)
    within.send(message('GET', '/-/health', [`x-large: ${'x'.repeat(1000)}`]))
    expect(statusOf(await within.until(/\r\n\r\n/))).toBe(200)
  })

  it.for([
    ['nothing', ''],
    ['half a head', 'GET /-/health HTTP/1.1\r\nHost: a\r\n'],
  ])('the time of heads: a client that sends %s is closed', async ([, sent = '']) => {
    using wire = new Wire(server.url)
    wire.send(sent)
    const answer = await wire.closed()
    if (sent !== '') expect(statusOf(answer)).toBe(408)
  })

  it.each([
    ['in time gets 408', TOKEN, 408],
    ['of a stranger is not waited for', 'of-a-stranger', 401],
  ])('the time of bodies: a deploy that does not come %s', async (_, token, status) => {
    using wire = new Wire(server.url)
    const form = 'Content-Type: multipart/form-data; boundary=b'
    const headers = ['Transfer-Encoding: chunked', form, `Authorization: Bearer ${token}`]
    wire.send(message('POST', '/-/agents', headers))
    const trickle = setInterval(() => wire.send('1\r\n-\r\n'), 20)
    try {
      expect(statusOf(await wire.until(/\r\n\r\n/))).toBe(status)
    } finally {
      clearInterval(trickle)
    }
  })

  it('the time of connections without a request', async () => {
    using wire = new Wire(server.url)
    wire.send(HEALTH)
    expect(statusOf(await wire.closed())).toBe(200)
  })

  it('are generous by default', () => {
    expect(HTTP_LIMITS).toEqual({
      maxConnections: 4_096,
      maxHeaderBytes: 16_384,
      headersTimeoutMs: 15_000,
      requestTimeoutMs: 300_000,
      idleTimeoutMs: 5_000,
      sendTimeoutMs: 60_000,
    })
  })
})

async function tryHealth(): Promise<number> {
  using wire = new Wire(server.url)
  wire.send(HEALTH)
  return statusOf(await wire.until(/\r\n\r\n/))
}
