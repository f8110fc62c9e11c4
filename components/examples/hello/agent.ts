/** A Hono app is an agent: routes, parameters and JSON, nothing else to learn. @module */
import { Hono } from 'hono'

const app = new Hono()

app.get('/', (c) => c.json({ hello: 'world' }))

app.get('/hello/:name', (c) => {
  const greeting = c.req.query('greeting') ?? 'Hello'
  return c.text(`${greeting}, ${c.req.param('name')}!`)
})

app.post('/echo', async (c) => c.json(await c.req.json()))

export default app
