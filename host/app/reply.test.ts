import { describe, expect, it } from 'vitest'
import { WholeAnswer } from '../../runtime/agents/index.ts'
import type { RequestLine } from './app-interface.ts'
import { createApp } from './app.ts'
import type { Connection } from './connection.ts'
import { RouteTable } from './route-table.ts'

const WHOLE = new WholeAnswer(201, ['x-request-id', 'r1'], Uint8Array.of(1, 2))

const CONNECTION: Connection = {
  startedAt: 0,
  headers: new Headers(),
  mayHaveBody: false,
  client: new AbortController().signal,
  receiveTrailers: () => undefined,
  sendTrailers: () => {},
}

/** Asks the data plane for `url` in both ways: for an answer as it is, and for a Response. */
function open(isHostAllowed?: (host: string) => boolean) {
  const lines: RequestLine[] = []
  const seen: string[] = []
  const app = createApp({
    table: () =>
      new RouteTable([
        {
          name: 'hello',
          route: '/hello/*',
          requestBodyBytes: 10,
          fetch: ({ method, url, body }) => {
            seen.push(`${method} ${url} ${body}`)
            return WHOLE
          },
        },
      ]),
    control: async () => new Response('control'),
    log: (line) => void lines.push(line),
    ...(isHostAllowed === undefined ? {} : { isHostAllowed }),
  })
  return {
    lines,
    seen,
    reply: (url: string) => app.reply({ method: 'GET', url }, CONNECTION),
    fetch: (url: string) => app.fetch(new Request(url)),
  }
}

describe('createApp().reply()', () => {
  it('gives a whole answer as it is, where fetch makes a Response of it', async () => {
    const { lines, seen, reply, fetch } = open()
    expect(reply('http://any/hello/a?b')).toBe(WHOLE)
    const response = await fetch('http://any/hello/a?b')
    expect([response.status, response.headers.get('x-request-id')]).toEqual([201, 'r1'])
    expect(new Uint8Array(await response.arrayBuffer())).toEqual(WHOLE.body)
    expect(seen).toEqual(['GET http://any/a?b null', 'GET http://any/a?b null'])
    expect(lines).toMatchObject([
      { agent: 'hello', path: '/hello/a', status: 201 },
      { agent: 'hello', path: '/hello/a', status: 201 },
    ])
  })

  it('refuses what fetch refuses, and the control plane', async () => {
    const { reply, seen } = open((host) => host === 'any')
    for (const [url, status] of [
      ['http://any/absent', 404],
      ['http://other/hello/', 403],
      ['http://any/-/health', 404],
    ] as const)
      expect([url, (await reply(url)).status]).toEqual([url, status])
    expect(seen).toEqual([])
  })
})
