// A Hono app that knows nothing of Mayfly, served through jco-std's adapter for `wasi:http`.
import { fire } from '@bytecodealliance/jco-std/wasi/0.2.x/http/adapters/hono/server'
import { Hono } from 'hono'
import { logger } from 'hono/logger'

const app = new Hono()
let served = 0

app.use(logger())
app.get('/', (c) => c.json({ hello: c.req.query('name') ?? 'world', served: ++served }))
app.get('/items/:id{[0-9]+}', (c) => c.text(`item ${c.req.param('id')}`))
app.post('/echo', async (c) => {
  c.header('x-type', c.req.header('content-type') ?? 'none')
  return c.body(await c.req.arrayBuffer(), 201)
})
app.get('/throw', () => {
  throw new Error('thrown by the app')
})

fire(app)

export { incomingHandler } from '@bytecodealliance/jco-std/wasi/0.2.x/http/adapters/hono/server'
