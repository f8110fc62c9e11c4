import { describe, expect, it } from 'vitest'
import { setTrailers, trailersOf, type WebRequest } from '../../runtime/host-module/index.ts'
import type { RequestLine } from './app-interface.ts'
import { createApp } from './app.ts'
import type { Connection } from './connection.ts'
import { RouteTable } from './route-table.ts'

/** Asks an agent over a connection that a target brings. */
async function ask(
  connection: Partial<Connection>,
  answer: (request: WebRequest, signal: unknown) => Response | Promise<Response>,
): Promise<RequestLine | undefined> {
  const lines: RequestLine[] = []
  const app = createApp({
    table: () =>
      new RouteTable([
        {
          name: 'agent',
          route: '/*',
          requestBodyBytes: 10,
          fetch: async (request, { signal }) => answer(request, signal),
        },
      ]),
    control: async () => new Response(null, { status: 404 }),
    log: (line) => void lines.push(line),
  })
  const request = new Request('http://any/', { method: 'POST', body: 'body' })
  const given: Connection = {
    startedAt: performance.now(),
    headers: request.headers,
    mayHaveBody: true,
    client: request.signal,
    receiveTrailers: () => undefined,
    sendTrailers: () => {},
    ...connection,
  }
  await app.fetch(request, { connection: given })
  return lines[0]
}

describe('createApp() over a connection of its target', () => {
  it('hands trailers of the request to the agent, and those of the answer to the connection', async () => {
    const arrived = new Headers({ 'x-sum': '1' })
    const sent: (Promise<Headers | undefined> | undefined)[] = []
    await ask(
      {
        receiveTrailers: async () => arrived,
        sendTrailers: (_, following) => void sent.push(following),
      },
      (request) => {
        const response = new Response('answer')
        setTrailers(response, trailersOf(request))
        return response
      },
    )
    expect(await Promise.all(sent)).toEqual([arrived])
  })

  it('sends no trailers of an answer that has none', async () => {
    const sent: unknown[] = []
    await ask({ sendTrailers: (headers) => void sent.push(headers) }, () => new Response('answer'))
    expect(sent).toEqual([])
  })

  it('asks for no body where the connection knows that none follows', async () => {
    const bodies: unknown[] = []
    const answer = (request: WebRequest): Response => {
      bodies.push(request.body === null)
      return new Response('answer')
    }
    await ask({ mayHaveBody: false }, answer)
    await ask({ mayHaveBody: true }, answer)
    expect(bodies).toEqual([true, false])
  })

  it('tells the agent by the connection when its client goes away', async () => {
    const client = new AbortController().signal
    const signals: unknown[] = []
    await ask({ client }, (_, signal) => {
      signals.push(signal)
      return new Response('answer')
    })
    expect(signals).toEqual([client])
  })

  it('counts the time of a request from when it began to arrive', async () => {
    const startedAt = performance.now() - 5_000
    const line = await ask({ startedAt }, () => new Response('answer'))
    expect(line?.durationMs).toBeGreaterThanOrEqual(5_000)
  })

  it('refuses by the headers of the connection what is too large', async () => {
    const headers = new Headers({ 'content-length': '11' })
    expect(await ask({ headers }, () => expect.unreachable())).toMatchObject({ status: 413 })
  })
})
