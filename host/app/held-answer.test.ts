/** Answers that their clients do not read, over real connections: counted until they are read or given up. */
import { connect, type AddressInfo, type Socket } from 'node:net'
import { describe, expect, it } from 'vitest'
import { hostile } from '../../runtime/agents/testing/hostile.ts'
import { stage } from '../../runtime/agents/testing/stage.ts'
import { createHttpServer, HTTP_LIMITS } from '../targets/node/http-server.ts'
import { createApp } from './app.ts'
import { RouteTable } from './route-table.ts'

const MIB = 1_048_576
const ANSWER_BYTES = 40 * MIB
/** A machine under load is given time. */
const PATIENCE = { timeout: 30_000 }

async function serve() {
  const bodies = { maxBytes: 64 * MIB, maxBytesByAgent: 48 * MIB }
  const theatre = await stage({ bodies })
  const limits = { responseBodyBytes: 64 * MIB, memoryBytes: 64 * MIB }
  const agent = await theatre.load(hostile('huge-response'), { limits })
  const table = new RouteTable([
    {
      name: 'huge',
      route: '/*',
      requestBodyBytes: 0,
      fetch: (request, { id, signal }) => agent.respond(request, { id, signal }),
    },
  ])
  const app = createApp({
    table: () => table,
    control: async () => new Response(null, { status: 404 }),
    log: () => {},
  })
  const server = createHttpServer({ fetch: app.fetch, limits: HTTP_LIMITS })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    theatre,
    agent,
    url: `http://127.0.0.1:${port}/`,
    /** A client that asks and does not read. */
    deaf(): Socket {
      const socket = connect(port, '127.0.0.1').pause()
      socket.write('GET / HTTP/1.1\r\nhost: a\r\n\r\n')
      return socket
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
      await theatre[Symbol.asyncDispose]()
    },
  }
}

describe('an answer that its client does not read', () => {
  it('counts until the client is gone, beside which another is refused by 503', async () => {
    await using served = await serve()
    const { agent, theatre, url } = served
    const client = served.deaf()
    await expect.poll(() => agent.stats().bodies.held, PATIENCE).toBe(ANSWER_BYTES)
    expect(agent.stats().active).toBe(0)
    const refused = await fetch(url)
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '1'])
    expect(theatre.recordsOf(agent).at(-1)?.outcome).toMatchObject({
      state: 'limited',
      limit: 'bodies',
      error: { hint: expect.stringContaining('RuntimeOptions.bodies') },
    })
    expect(agent.stats().bodies).toEqual({ held: ANSWER_BYTES, waiting: 0, refused: 1 })
    expect(await theatre.calmAfter(async () => {})).toBe(true)
    client.destroy()
    await expect.poll(() => agent.stats().bodies.held, PATIENCE).toBe(0)
  })

  it('counts no longer once it was read', async () => {
    await using served = await serve()
    const { agent, url } = served
    expect((await (await fetch(url)).arrayBuffer()).byteLength).toBe(ANSWER_BYTES)
    await expect
      .poll(() => agent.stats().bodies, PATIENCE)
      .toEqual({ held: 0, waiting: 0, refused: 0 })
  })
})
