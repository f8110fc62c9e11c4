/**
 * The servers of the HTTP case, each in a separate process: `bare` is only Hono on Node, `mayfly` is our host with one
 * worker, and `isolated` the same with its guests in a process of their own.
 *
 * @module
 */
import { serve } from '@hono/node-server'
import { Hono } from 'hono'
import { digestOf } from '../../../host/toolchain/index.ts'
import { startServer } from '../../../host/targets/node/index.ts'
import { agentSubject, honoAgent } from './subjects/components.ts'

const LARGE = 'x'.repeat(1_048_576)

process.on('message', () => process.send?.(process.cpuUsage()))

if (process.argv[2] === 'bare') {
  const app = new Hono()
  app.get('/', (context) => context.json({ hello: 'world' }))
  app.get('/large', (context) => context.body(LARGE))
  const server = serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }, ({ port }) =>
    process.send?.(`http://127.0.0.1:${port}`),
  )
  process.on('disconnect', () => server.close())
} else {
  const workers = Number(process.argv[3] ?? 1)
  const names = ['text', 'fetch', 'large'] as const
  const built = await Promise.all([...names.map(agentSubject), honoAgent()])
  const { url, close } = await startServer({
    agents: built.map(({ manifest, component }) => ({
      manifest,
      component: new Uint8Array(component),
      revision: digestOf(component),
    })),
    port: 0,
    workers,
    isolate: process.argv[2] === 'isolated' ? 'tenant' : 'none',
    // Bare Hono writes no log either. A client that has done its part cuts requests, which would be logged.
    logLevel: 'silent',
  })
  process.on('disconnect', () => void close().then(() => process.exit()))
  process.send?.(url)
}
