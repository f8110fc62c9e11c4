/** An agent that no request reaches: only the middleware around it. */
import { afterAll, describe, expect, it } from 'vitest'
import { Runtime } from '../../runtime/presets/index.ts'
import { ANSWER, END, HELLO, RESPONSE, service } from '../../runtime/wasi/testing/service.ts'
import { HAND_ON, middleware } from '../../runtime/wasi/testing/streaming-service.ts'
import { createApp } from './app.ts'
import { RouteTable } from './route-table.ts'
import { servedAgent } from './served-agent.ts'

const runtime = new Runtime()
const component = await service(`${RESPONSE} ${ANSWER} ${HELLO} ${END}`)
const around = await middleware(HAND_ON)

afterAll(() => runtime.close())

/** Asks `inner`, which has `place` in its agent.json, and the middleware around it. */
async function statuses(inner: string, place: object): Promise<Record<string, number>> {
  const outer = `${inner}-guard`
  const tools = { next: { agent: inner, provides: ['wasi:http/handler'] } }
  const agents = [
    await runtime.load({ component, manifest: { name: inner, ...place } }),
    await runtime.load({ component: around, manifest: { name: outer, capabilities: { tools } } }),
  ]
  const table = new RouteTable(agents.map((agent) => servedAgent(agent)))
  const control = async (): Promise<Response> => new Response(null, { status: 404 })
  const app = createApp({ table: () => table, control, log: () => {} })
  const ask = async (url: string): Promise<number> => (await app.request(url)).status
  return {
    inner: await ask(`http://host.test/${inner}/`),
    at: await ask(`http://host.test/${inner}`),
    host: await ask('http://inner.test/'),
    outer: await ask(`http://host.test/${outer}/`),
  }
}

describe('"route": false', () => {
  it('leaves an agent to its callers', async () => {
    expect(await statuses('guarded', { route: false })).toEqual({
      inner: 404,
      at: 404,
      host: 404,
      outer: 200,
    })
  })

  it('is what keeps requests away', async () => {
    expect(await statuses('open', {})).toEqual({ inner: 200, at: 200, host: 404, outer: 200 })
  })

  it('keeps the hosts of an agent', async () => {
    const place = { route: false, hosts: ['inner.test'] }
    expect(await statuses('hosted', place)).toEqual({ inner: 404, at: 404, host: 200, outer: 200 })
  })
})
