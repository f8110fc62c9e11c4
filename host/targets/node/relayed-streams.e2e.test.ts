/**
 * Model-style relay: an agent in TypeScript passes on the events of another server, on many streams at once. Event n is with
 * its client before event n + 1 is sent. `npm test` runs a short form.
 *
 * @module
 */
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { Agent, createServer, get, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { writeFiles } from '../../cli/testing/mayfly-process.ts'
import { buildAgent } from '../../toolchain/index.ts'
import { startServer, type MayflyServer } from './index.ts'

const SOAK = process.env['MAYFLY_SOAK'] !== undefined
const STREAMS = SOAK ? 100 : 20
const EVENTS = SOAK ? 50 : 8
const APART_MS = 100
const STARTS_APART_MS = 17 // Clients do not come at once, and events of two streams seldom do
const PATIENCE = { timeout: 30_000, interval: 5 }

/** Reads events and writes them again, as an agent does that looks at what a model says. */
const source = (port: number): string => `
  export default {
    async fetch(request: Request): Promise<Response> {
      const answer = await fetch('http://127.0.0.1:${port}/' + new URL(request.url).search, { signal: request.signal })
      const reader = answer.body!.getReader()
      const decoder = new TextDecoder()
      const encoder = new TextEncoder()
      let rest: string = ''
      const body = new ReadableStream<Uint8Array>({
        async pull(controller) {
          const { done, value } = await reader.read()
          if (done) return controller.close()
          rest += decoder.decode(value, { stream: true })
          const events = rest.split('\\n\\n')
          rest = events.pop() ?? ''
          for (const event of events) controller.enqueue(encoder.encode(\`event: said\\n\${event}\\n\\n\`))
        },
      })
      return new Response(body, { headers: { 'content-type': 'text/event-stream' } })
    },
  }
`

/** Answers of the other server, by stream. */
const open = new Map<string, ServerResponse>()
const upstream = createServer(({ url = '' }, response) => {
  response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders()
  open.set(url, response)
})
const connections = new Agent({ keepAlive: true, maxSockets: Infinity })
let directory = ''
let server: MayflyServer

beforeAll(async () => {
  upstream.listen(0, '127.0.0.1')
  await once(upstream, 'listening')
  const { port } = upstream.address() as AddressInfo
  directory = mkdtempSync(join(tmpdir(), 'mayfly-relay-'))
  writeFiles(directory, {
    'agent.json': {
      name: 'relay',
      source: 'agent.ts',
      capabilities: { http: [{ host: '127.0.0.1', port, scheme: 'http', network: 'loopback' }] },
      limits: { connectionMs: 60_000, concurrency: STREAMS },
    },
    'agent.ts': source(port),
  })
  const built = await buildAgent({ directory, cacheDirectory: join(directory, 'cache') })
  const component = new Uint8Array(built.component)
  const agents = [{ manifest: built.manifest, component, revision: '1' }]
  server = await startServer({ agents, port: 0, workers: 2, logLevel: 'silent' })
  expect(server.refused).toEqual([])
}, 120_000)

afterAll(async () => {
  await server?.close()
  connections.destroy()
  upstream.closeAllConnections()
  upstream.close()
  rmSync(directory, { recursive: true, force: true })
})

/** What one client has received, and when each of its events came. */
interface Client {
  text: string
  readonly cameAt: number[]
  /** Whether its answer came whole, once it has ended. */
  readonly ended: Promise<boolean>
}

async function connectClient(stream: number): Promise<Client> {
  const asking = get(`${server.url}/relay/?${stream}`, { agent: connections })
  const [response] = (await once(asking, 'response')) as [IncomingMessage]
  const ended = Promise.withResolvers<boolean>()
  response.on('error', () => {})
  response.on('close', () => ended.resolve(response.complete))
  const client: Client = { text: '', cameAt: [], ended: ended.promise }
  response.setEncoding('utf8')
  response.on('data', (piece: string) => {
    client.text += piece
    while (client.text.includes(event(client.cameAt.length))) {
      client.cameAt.push(performance.now())
    }
  })
  return client
}

const event = (index: number): string => `event: said\ndata: ${index}\n\n`

/** Relays one stream, and returns the delay of each event in milliseconds. */
async function relay(stream: number, events: number): Promise<number[]> {
  const arriving = connectClient(stream)
  const response = await vi.waitFor(() => {
    const found = open.get(`/?${stream}`)
    return found ?? expect.fail('The other server was not asked')
  }, PATIENCE)
  const client = await arriving
  const { cameAt } = client
  const delays: number[] = []
  for (let index = 0; index < events; index++) {
    const sentAt = performance.now()
    response.write(`data: ${index}\n\n`)
    await sleep(APART_MS)
    // On a machine that does other work an event may take longer. It comes without the next one even then.
    await vi.waitFor(() => expect(cameAt).toHaveLength(index + 1), PATIENCE)
    delays.push((cameAt[index] ?? Infinity) - sentAt)
  }
  response.end()
  expect(await client.ended).toBe(true)
  expect(client.text).toBe(Array.from({ length: events }, (_, index) => event(index)).join(''))
  return delays
}

it(`relays ${EVENTS} events ${APART_MS} ms apart on ${STREAMS} streams, each before the next is sent`, async () => {
  // So that the engine has compiled the code that is hot.
  await Promise.all(Array.from({ length: STREAMS }, (_, stream) => relay(-stream, 1)))
  const relays = Array.from({ length: STREAMS }, async (_, stream) => {
    await sleep(STARTS_APART_MS * stream)
    return relay(stream + 1, EVENTS)
  })
  const delays = (await Promise.all(relays)).flat().toSorted((a, b) => a - b)
  const at = (share: number): string => (delays[Math.floor(delays.length * share)] ?? 0).toFixed(1)
  const late = delays.filter((delay) => delay > APART_MS).length
  console.log(
    `soak: ${EVENTS} events on ${STREAMS} streams: median ${at(0.5)} ms, p99 ${at(0.99)} ms, ${late} of ${delays.length} later than ${APART_MS} ms`,
  )
  expect(delays[delays.length >> 1]).toBeLessThan(APART_MS)
}, 120_000)
