/**
 * A process that serves over HTTP: `http-host.ts hono`, or `http-host.ts component FILE` for our host with one
 * worker. It sends its URL once it listens, and ends with its parent.
 *
 * @module
 */
import { readFile } from 'node:fs/promises'
import { serve } from '@hono/node-server'
import { Hono } from 'hono'
import { digestOf } from '../../host/toolchain/index.ts'
import { startServer } from '../../host/targets/node/index.ts'
import { manifestFromObject } from '../../runtime/manifest/index.ts'

const [kind, file = ''] = process.argv.slice(2)

if (kind === 'hono') {
  const app = new Hono()
  app.get('/agent/:name', ({ req, json }) => json({ method: req.method, hello: req.param('name') }))
  const server = serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }, ({ port }) =>
    process.send?.(`http://127.0.0.1:${port}`),
  )
  process.on('disconnect', () => {
    server.close()
    process.exit()
  })
} else {
  const component = new Uint8Array(await readFile(file))
  // The component of the `fetch` event imports outgoing HTTP, which nothing here uses.
  const http = [{ host: 'unused.example' }]
  const manifest = manifestFromObject({ name: 'agent', capabilities: { http } })
  const { url, close } = await startServer({
    agents: [{ manifest, component, revision: digestOf(component) }],
    port: 0,
    workers: 1,
    logLevel: 'error',
  })
  process.on('disconnect', () => void close().then(() => process.exit()))
  process.send?.(url)
}
