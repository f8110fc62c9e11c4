/** `EventSource` in an agent, against servers on this machine that behave, and that do not. @module */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { guardedFetch } from '../../host/drivers/guarded-fetch/index.ts'
import { buildAgent, PACKAGE_DIRECTORY } from '../../host/toolchain/index.ts'
import { Runtime } from '../../runtime/presets/index.ts'

const SOURCE = `
export default {
  async fetch(request) {
    const { url, count, types = [], options } = await request.json()
    const seen = []
    let source
    try {
      source = new EventSource(url, options)
    } catch (error) {
      return Response.json([error.name, error.message])
    }
    seen.push(['made', source.readyState, source.withCredentials, source.url === url])
    await new Promise((done) => {
      const note = (event) => {
        seen.push(event.type === 'open' || event.type === 'error'
          ? [event.type, source.readyState]
          : [event.type, event.data, event.lastEventId, event.origin === new URL(url).origin])
        if (seen.length === count) {
          source.close()
          setTimeout(done, 20)
        } else if (source.readyState === EventSource.CLOSED) done()
      }
      source.onopen = note
      source.onmessage = note
      source.onerror = note
      for (const type of types) source.addEventListener(type, note)
    })
    return Response.json([...seen, source.readyState])
  },
}
`

type Answer = (response: ServerResponse, request: IncomingMessage, turn: number) => unknown

const START = { 'content-type': 'text/event-stream; charset=utf-8' }
const ANSWERS: Readonly<Record<string, Answer>> = {
  '/feed': (response, { headers }, turn) => {
    response.writeHead(200, START)
    if (turn === 1)
      return response.end('\ufeffretry: 5\nid: é7\ndata: first\n\nid: 8\ndata: not whole\n')
    const id = Buffer.from(headers['last-event-id'] ?? '', 'latin1').toString()
    const { accept, cookie } = headers
    response.write(`event: add\ndata: ${JSON.stringify([id, accept, cookie ?? null])}\n\n`)
    return response.write('data: after\n\ndata: closed by then\n\n')
  },
  '/breaks': (response, _, turn) => {
    response.writeHead(200, START)
    response.write(`retry: 1\ndata: ${turn}\n\n`, () => setTimeout(() => response.destroy(), 10))
  },
  '/eager': (response) => response.writeHead(200, START).end('retry: 0\n\n'),
  '/endless': (response) => {
    response.writeHead(200, START)
    response.write('data: ')
    const more = (): void => {
      if (!response.destroyed) response.write('x'.repeat(65_536), () => setImmediate(more))
    }
    more()
  },
  '/plain': (response) =>
    response.writeHead(200, { 'content-type': 'text/plain' }).end('data: 1\n\n'),
  '/gone': (response) => response.writeHead(204).end(),
  '/fails': (response) => response.writeHead(500, START).end('data: 1\n\n'),
}

const turns = new Map<string, number>()
const server = createServer((request, response) => {
  const path = request.url ?? ''
  const turn = (turns.get(path) ?? 0) + 1
  turns.set(path, turn)
  ANSWERS[path]?.(response, request, turn)
})
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
const { port } = server.address() as AddressInfo
const base = `http://127.0.0.1:${port}`

const directory = mkdtempSync(join(tmpdir(), 'mayfly-events-'))
writeFileSync(join(directory, 'agent.js'), SOURCE)
const rule = { host: '127.0.0.1', scheme: 'http', network: 'loopback', port, methods: ['GET'] }
const paths = Object.keys(ANSWERS)
const manifest = {
  name: 'events',
  source: 'agent.js',
  capabilities: { http: [{ ...rule, paths }] },
  limits: { deadlineMs: 10_000, outboundRequests: 6, inboundBytes: 1_048_576 },
}
writeFileSync(join(directory, 'agent.json'), JSON.stringify(manifest))
const runtime = new Runtime({ drivers: { http: guardedFetch() } })
const cacheDirectory = join(PACKAGE_DIRECTORY, '.mayfly', 'cache')
const agent = await runtime.load(await buildAgent({ directory, cacheDirectory }))

afterAll(async () => {
  await runtime.close()
  server.closeAllConnections()
  server.close()
  rmSync(directory, { recursive: true })
})

async function ask(path: string, more: object = {}): Promise<unknown> {
  turns.clear()
  const body = JSON.stringify({ url: path.startsWith('/') ? base + path : path, ...more })
  return (await agent.fetch(new Request('http://agent/', { method: 'POST', body }))).json()
}

const MADE = ['made', 0, false, true]

it('EventSource reads events, connects again with the latest id, and hears nothing once it is closed', async () => {
  const options = { withCredentials: true }
  expect(await ask('/feed', { count: 7, types: ['add'], options })).toEqual([
    ['made', 0, true, true],
    ['open', 1],
    ['message', 'first', 'é7', true],
    ['error', 0],
    ['open', 1],
    ['add', '["é7","text/event-stream",null]', 'é7', true],
    ['message', 'after', 'é7', true],
    2,
  ])
  expect(turns.get('/feed')).toBe(2)
})

it('EventSource connects again when the connection breaks', async () => {
  expect(await ask('/breaks', { count: 6 })).toEqual([
    MADE,
    ['open', 1],
    ['message', '1', '', true],
    ['error', 0],
    ['open', 1],
    ['message', '2', '', true],
    2,
  ])
})

it.for(['/plain', '/gone', '/fails'])(
  'EventSource ends for good at an answer that is no stream of events: %s',
  async (path) => {
    expect(await ask(path)).toEqual([MADE, ['error', 2], 2])
    expect(turns.get(path)).toBe(1)
  },
)

it('EventSource ends at a path that no rule allows, and nothing is sent', async () => {
  expect(await ask('/other')).toEqual([MADE, ['error', 2], 2])
  expect(turns.size).toBe(0)
})

it('EventSource ends when a server that has it come back at once has used up the requests', async () => {
  const seen = (await ask('/eager')) as unknown[]
  expect(seen.slice(-2)).toEqual([['error', 2], 2])
  expect(turns.get('/eager')).toBe(manifest.limits.outboundRequests)
})

it('EventSource ends at a line that is longer than what the request may receive', async () => {
  expect(await ask('/endless')).toEqual([MADE, ['open', 1], ['error', 2], 2])
  expect(turns.get('/endless')).toBe(1)
})

it('EventSource needs a URL that parses', async () => {
  expect(await ask('feed')).toEqual(['SyntaxError', expect.stringMatching(/does not parse/)])
})
