/**
 * The servers of the HTTP case, each in a separate process: `bare` is only Hono on Node, `node` only Node, `quickjs` Node
 * with a new context of quickjs-emscripten for each request, `mayfly` is our host with one worker, and `isolated` the
 * same with its guests in a process of their own.
 *
 * @module
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { serve } from '@hono/node-server'
import { Hono } from 'hono'
import { digestOf } from '../../../host/toolchain/index.ts'
import { startServer } from '../../../host/targets/node/index.ts'
import { agentSubject, honoAgent } from './subjects/components.ts'
import { total, type Order } from './subjects/order-agent/total.ts'
import { orderInQuickJs } from './subjects/order.ts'

const LARGE = 'x'.repeat(1_048_576)

process.on('message', () => process.send?.(process.cpuUsage()))

const [, , kind] = process.argv
if (kind === 'bare') serveBare()
else if (kind === 'node') serveNode((text) => JSON.stringify(total(JSON.parse(text) as Order)))
else if (kind === 'quickjs') serveNode(await orderInQuickJs())
else await serveMayfly()

function serveBare(): void {
  const app = new Hono()
  app.get('/', (context) => context.json({ hello: 'world' }))
  app.get('/large', (context) => context.body(LARGE))
  const server = serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }, ({ port }) =>
    process.send?.(`http://127.0.0.1:${port}`),
  )
  process.on('disconnect', () => server.close())
}

/** Answers an order by `answer`, and a GET without it. */
function serveNode(answer: (text: string) => string): void {
  const server = createServer((incoming, outgoing) => {
    if (incoming.method === 'GET') return send(outgoing, '{"hello":"world"}')
    void textOf(incoming).then((text) => send(outgoing, answer(text)))
  })
  server.listen(0, '127.0.0.1', () => {
    const address = server.address()
    if (typeof address === 'object') process.send?.(`http://127.0.0.1:${address?.port}`)
  })
  process.on('disconnect', () => server.close())
}

function send(outgoing: ServerResponse, text: string): void {
  outgoing.writeHead(200, { 'content-type': 'application/json' }).end(text)
}

async function textOf(incoming: IncomingMessage): Promise<string> {
  let text = ''
  incoming.setEncoding('utf8')
  for await (const chunk of incoming) text += String(chunk)
  return text
}

async function serveMayfly(): Promise<void> {
  const workers = Number(process.argv[3] ?? 1)
  const names = ['text', 'fetch', 'large', 'order'] as const
  const built = await Promise.all([...names.map(agentSubject), honoAgent()])
  const { url, close } = await startServer({
    agents: built.map(({ manifest, component }) => ({
      manifest,
      component: new Uint8Array(component),
      revision: digestOf(component),
    })),
    port: 0,
    workers,
    isolate: kind === 'isolated' ? 'tenant' : 'none',
    // Bare Hono writes no log either. A client that has done its part cuts requests, which would be logged.
    logLevel: 'silent',
  })
  process.on('disconnect', () => void close().then(() => process.exit()))
  process.send?.(url)
}
