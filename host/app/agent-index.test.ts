/** `/`, where no agent answers it. */
import { expect, it } from 'vitest'
import { createApp } from './app.ts'
import { RouteTable } from './route-table.ts'
import type { ServedAgent } from './served-agent.ts'

function agent(name: string, facts: Partial<ServedAgent> = {}): ServedAgent {
  return { name, requestBodyBytes: 0, fetch: () => new Response(name), ...facts }
}

const SHOP = agent('shop', {
  route: '/shop/*',
  description: '<b>Sells</b>',
  example: "curl '{url}?a=1&b=2'",
})
const TOOL = agent('tool')
const OWN = agent('private', { hosts: ['own.example'], route: '/api/*' })

function get(path: string, options: GetOptions = {}): Promise<Response> | Response {
  const { agents = [SHOP, TOOL, OWN], isShown = true, host = 'localhost', ...init } = options
  const table = new RouteTable(agents)
  const control = async (): Promise<Response> => new Response()
  const app = createApp({ table: () => table, control, log: () => {}, isIndexShown: () => isShown })
  return app.request(`http://${host}${path}`, init)
}

interface GetOptions extends RequestInit {
  readonly agents?: readonly ServedAgent[]
  readonly isShown?: boolean
  readonly host?: string
}

it('lists agents, their routes and commands, for a program', async () => {
  const response = await get('/')
  expect(response.headers.get('content-type')).toBe('text/plain; charset=utf-8')
  expect(await response.text()).toBe(
    "Mayfly serves 2 agents here\n\n  private  /api/*   curl http://localhost/api/\n  shop     /shop/*  curl 'http://localhost/shop/?a=1&b=2'\n",
  )
})

it('lists them for a browser in a page that runs nothing', async () => {
  const response = await get('/', { headers: { accept: 'text/html' } })
  expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8')
  expect(response.headers.get('content-security-policy')).toContain("default-src 'none'")
  const html = await response.text()
  expect(html).toContain('&#60;b&#62;Sells&#60;/b&#62;')
  expect(html).not.toMatch(/<b>|<script/)
})

it('at the host of an agent, lists that agent alone', async () => {
  const text = await (await get('/', { host: 'own.example' })).text()
  expect(text).toContain('curl http://own.example/api/')
  expect(text).not.toContain('shop')
})

it('says nothing of an agent whose place is a host of its own, at others', async () => {
  const hidden = agent('private', { hosts: ['own.example'] })
  const text = await (await get('/', { agents: [SHOP, hidden] })).text()
  expect(text).toContain('shop')
  expect(text).not.toContain('private')
})

it.each([
  ['/other', {}, 404],
  ['/', { isShown: false }, 404],
  ['/', { method: 'POST' }, 404],
  ['/', { method: 'HEAD' }, 200],
] as const)('%s with %j is %s', async (path, options, status) => {
  expect((await get(path, options)).status).toBe(status)
})

it('leaves / to an agent that answers it', async () => {
  const text = await (await get('/', { agents: [SHOP, agent('root', { route: '/*' })] })).text()
  expect(text).toBe('root')
})
