/** A server, asked without a socket. @module */
import fastify from 'fastify'

export default async function run(): Promise<unknown> {
  const app = fastify()
  app.get('/', async () => ({ hello: 'world' }))
  return (await app.inject('/')).json()
}
