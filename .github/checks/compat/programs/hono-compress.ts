/** Hono's `compress`. @module */
import { Hono } from 'hono'
import { compress } from 'hono/compress'

export default async function run(): Promise<unknown> {
  const app = new Hono().use(compress()).get('/', (c) => c.text('text '.repeat(1000)))
  const response = await app.request('/', { headers: { 'accept-encoding': 'gzip' } })
  const { byteLength } = await response.arrayBuffer()
  return [response.headers.get('content-encoding'), byteLength < 1000]
}
