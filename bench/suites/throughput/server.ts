/**
 * The servers under load, each in a separate process: `server.ts hono PORT` is only Hono on Node, `server.ts mayfly PORT
 * WORKERS AGENTS` our host, `server.ts mcp` the SDK of MCP on Hono. PORT is the upstream's.
 *
 * @module
 */
import { serve } from '@hono/node-server'
import { createMcpHandler, Server } from '@modelcontextprotocol/server'
import { Hono } from 'hono'
import type { BuiltAgent } from '../../../host/toolchain/index.ts'
import { digestOf } from '../../../host/toolchain/index.ts'
import { startServer } from '../../../host/targets/node/index.ts'
import { manifestFromObject } from '../../../runtime/manifest/index.ts'
import { AgentFactory } from '../agents/subjects/agent-factory.ts'
import { agentSubject, assemblyScript, honoAgent } from '../agents/subjects/components.ts'
import { upstreamAgent } from './upstream.ts'

// A request that waits for a core on a busy machine is late, but not wrong.
const DEADLINE_MS = 60_000

process.on('message', () => process.send?.(process.cpuUsage()))

const [kind, port, workers, agents] = process.argv.slice(2)
if (kind === 'hono') serveHono()
else if (kind === 'mcp') serveMcp()
else await serveMayfly()

function serveHono(): void {
  const hundred = 'x'.repeat(100)
  const large = 'x'.repeat(1_048_576)
  const app = new Hono()
  app.get('/fetch/', (context) => context.json({ hello: 'world', path: '/' }))
  app.get('/hundred/', (context) => context.body(hundred))
  app.get('/large/', (context) => context.body(large))
  app.get('/upstream/:port', async (context) => {
    const response = await fetch(`http://127.0.0.1:${context.req.param('port')}/`)
    return context.text(await response.text())
  })
  app.get('/hello/', (context) => context.json({ hello: 'world' }))
  app.get('/relay/:port', async (context) => {
    const { body } = await fetch(`http://127.0.0.1:${context.req.param('port')}/events`, {
      signal: context.req.raw.signal,
    })
    return context.body(body, 200, { 'content-type': 'text/event-stream' })
  })
  serveApp(app)
}

/** One tool, with a name and an answer as that of our host. */
function serveMcp(): void {
  const handler = createMcpHandler(() => {
    const server = new Server({ name: 'bench', version: '1' }, { capabilities: { tools: {} } })
    server.setRequestHandler('tools/call', () => ({
      content: [{ type: 'text', text: '6' }],
      structuredContent: 6,
    }))
    return server
  })
  const app = new Hono()
  app.post('/-/mcp', (context) => handler.fetch(context.req.raw))
  serveApp(app)
}

function serveApp(app: Hono): void {
  const server = serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }, (address) =>
    process.send?.(`http://127.0.0.1:${address.port}`),
  )
  process.on('disconnect', () => {
    server.close()
    process.exit()
  })
}

/** A function, and no handler. */
async function words(): Promise<Pick<BuiltAgent, 'manifest' | 'component'>> {
  const { component } = await assemblyScript('words')
  return { manifest: manifestFromObject({ name: 'words' }), component }
}

async function serveMayfly(): Promise<void> {
  const built: Pick<BuiltAgent, 'manifest' | 'component'>[] = await Promise.all([
    ...(['fetch', 'hundred', 'large'] as const).map(agentSubject),
    honoAgent(),
    upstreamAgent(Number(port)),
    upstreamAgent(Number(port), 'relay'),
    words(),
  ])
  using factory = new AgentFactory()
  for (let index = 0; index < Number(agents); index++) {
    const manifest = manifestFromObject({ name: `agent-${index}` })
    built.push({ manifest, component: await factory.build(index) })
  }
  const { url, close } = await startServer({
    agents: built.map(({ manifest, component }) => ({
      manifest: {
        ...manifest,
        limits: { ...manifest.limits, deadlineMs: DEADLINE_MS, connectionMs: DEADLINE_MS },
      },
      component: new Uint8Array(component),
      revision: digestOf(component),
    })),
    port: 0,
    workers: Number(workers),
    // Bare Hono writes no log either.
    logLevel: 'silent',
  })
  process.on('disconnect', () => void close().then(() => process.exit()))
  process.send?.(url)
}
