/**
 * The servers of the HTTP case, each in a process of its own: `bare` is Hono on Node and nothing else,
 * `mayfly` is our host with one worker.
 *
 * @module
 */
import { serve } from '@hono/node-server'
import { Hono } from 'hono'
import { digestOf } from '../../../host/build/index.ts'
import { startServer } from '../../../host/targets/node/index.ts'
import { agentSubject, honoAgent } from './subjects/components.ts'

process.on('message', () => process.send?.(process.cpuUsage()))

if (process.argv[2] === 'bare') {
  const app = new Hono()
  app.get('/', (context) => context.json({ hello: 'world' }))
  const server = serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }, ({ port }) =>
    process.send?.(`http://127.0.0.1:${port}`),
  )
  process.on('disconnect', () => server.close())
} else if (process.argv[2] === 'mayfly') {
  const built = await Promise.all([agentSubject('text'), agentSubject('fetch'), honoAgent()])
  const { url, close } = await startServer({
    agents: built.map(({ manifest, component }) => ({
      manifest,
      component: new Uint8Array(component),
      revision: digestOf(component),
    })),
    port: 0,
    workers: 1,
    // Bare Hono writes no log either.
    logLevel: 'error',
  })
  process.on('disconnect', () => void close().then(() => process.exit()))
  process.send?.(url)
}
