import { Hono } from 'hono'
import { mount } from 'hono/mount'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Runtime } from '../../runtime/presets/index.ts'
import { buildAgent, type BuiltAgent } from '../toolchain/index.ts'
import { controlPlane, dataPlane } from './index.ts'

const TOKEN = 'secret'
const AUTHORIZED = { headers: { authorization: `Bearer ${TOKEN}` } }
const runtime = new Runtime()
let built: BuiltAgent

const app = new Hono()
  .get('/', (context) => context.text('my own page'))
  .route('/', controlPlane(runtime, { access: { state: 'token', token: TOKEN } }))
  .route('/', dataPlane(runtime, { isHostAllowed: (host) => host === 'localhost' }))

beforeAll(async () => {
  built = await buildAgent({ directory: 'components/examples/counter' })
  await runtime.load(built)
})

afterAll(() => runtime.close())

async function post(action: string, body?: unknown): Promise<Response> {
  const init = { method: 'POST', ...AUTHORIZED }
  return app.request(`/-/agents/counter/${action}`, {
    ...init,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
}

describe('dataPlane()', () => {
  it('answers by the agents of the runtime, after the routes of the program', async () => {
    expect(await (await app.request('/')).text()).toBe('my own page')
    const response = await app.request('/counter/a')
    expect(response.status).toBe(200)
    expect(response.headers.get('x-request-id')).toMatch(/./)
    expect((await app.request('/other/')).status).toBe(404)
  })

  it('answers under a path of the program', async () => {
    const outer = new Hono().all('/agents/*', mount(dataPlane(runtime).fetch))
    expect((await outer.request('/agents/counter/a')).status).toBe(200)
    expect((await outer.request('/counter/a')).status).toBe(404)
  })

  it('follows what is loaded', async () => {
    const other = new Runtime()
    const lines: (string | undefined)[] = []
    const plane = dataPlane(other, { log: ({ agent }) => void lines.push(agent) })
    const { component, manifest } = built
    const older = await other.load({ component, manifest })
    const kv = { counters: { access: 'read' } }
    const newer = await other.load({
      component,
      manifest: { name: 'counter', capabilities: { kv } },
    })
    expect((await plane.request('/counter/')).status).toBe(500)
    await newer.unload()
    expect((await plane.request('/counter/')).status).toBe(200)
    await older.unload()
    expect((await plane.request('/counter/')).status).toBe(404)
    expect(lines).toEqual(['counter', 'counter', undefined])
    await other.close()
  })

  it('refuses a host that is not allowed', async () => {
    expect((await app.request('http://evil.example/counter/a')).status).toBe(403)
  })

  it('answers at the hosts of an agent by that agent alone', async () => {
    const owner = await runtime.load({
      component: built.component,
      manifest: { ...built.manifest, name: 'owner', hosts: ['own.example'], route: '/owner/*' },
    })
    expect((await app.request('http://own.example/owner/a')).status).toBe(200)
    expect((await app.request('http://own.example/counter/a')).status).toBe(404)
    expect((await app.request('http://own.example/-/agents', AUTHORIZED)).status).toBe(404)
    expect((await app.request('/-/agents', AUTHORIZED)).status).toBe(200)
    await owner.unload()
    expect((await app.request('http://own.example/owner/a')).status).toBe(403)
  })
})

describe('controlPlane()', () => {
  it('is for those with the token', async () => {
    expect((await app.request('/-/agents')).status).toBe(401)
    const response = await app.request('/-/agents', AUTHORIZED)
    expect(await response.json()).toMatchObject({
      agents: [
        {
          name: 'counter',
          route: '/counter/*',
          disabled: false,
          capabilities: ['kv', 'log', 'clock', 'random'],
        },
      ],
    })
    expect((await app.request('/-/health')).status).toBe(200)
    const metrics = await (await app.request('/-/metrics', AUTHORIZED)).text()
    expect(metrics).toContain('mayfly_agent_invocations_total{agent="counter"}')
  })

  it('is open on loopback for reading, when the program says so, and for changes when it trusts all', async () => {
    const kill = { method: 'POST' }
    const open = controlPlane(runtime, { access: { state: 'open' } })
    expect((await open.request('http://localhost/-/agents')).status).toBe(200)
    expect((await open.request('http://evil.example/-/agents')).status).toBe(403)
    const page = { headers: { origin: 'http://localhost' } }
    expect((await open.request('http://localhost/-/agents', page)).status).toBe(403)
    expect((await open.request('http://localhost/-/agents/counter/kill', kill)).status).toBe(401)
    expect((await open.request('http://localhost/-/tokens', AUTHORIZED)).status).toBe(401)
    const local = controlPlane(runtime, { access: { state: 'local' } })
    expect((await local.request('/-/agents/counter/kill', kill)).status).toBe(200)
    expect((await local.request('/-/tokens')).status).toBe(404)
  })

  it('disables and enables', async () => {
    expect(await (await post('disable')).json()).toMatchObject({ agent: 'counter', stopped: 0 })
    expect((await app.request('/counter/a')).status).toBe(503)
    await post('enable')
    expect((await app.request('/counter/a')).status).toBe(200)
  })

  it('takes grants away, and grants none', async () => {
    const more = { narrow: { 'kv.counters': { access: 'write' } } }
    expect((await post('grants', { narrow: { 'kv.counters': { access: 'read' } } })).status).toBe(
      200,
    )
    expect((await post('grants', more)).status).toBe(409)
    expect((await app.request('/counter/a')).status).toBe(500)
  })

  it('leaves loading to the program', async () => {
    expect((await post('rollback')).status).toBe(400)
    const response = await app.request('/-/agents/none/kill', { method: 'POST', ...AUTHORIZED })
    expect(response.status).toBe(404)
  })
})
