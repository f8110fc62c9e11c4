/** Files of an agent, as clients see them: of the version that is served, before and after a deploy and a new start. */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { writeFiles } from '../../cli/testing/mayfly-process.ts'
import { buildAgent } from '../../toolchain/index.ts'
import type { VersionList } from '../../control/index.ts'
import { agentBundle, startServer, type AgentBundle, type MayflyServer } from './index.ts'
import { bodyOf, message, statusOf, Wire } from './testing/wire.ts'

const LARGE = 'large '.repeat(50_000)
const folder = mkdtempSync(join(tmpdir(), 'mayfly-site-'))
const dataDirectory = join(folder, 'data')
let agents: AgentBundle[]
let server: MayflyServer

beforeAll(async () => {
  agents = [await site('first'), await site('first', { name: 'shop', route: '/shop/*' })]
  server = await start()
}, 60_000)

afterAll(async () => {
  await server?.close()
  rmSync(folder, { recursive: true })
})

async function site(text: string, manifest: object = {}): Promise<AgentBundle> {
  const directory = writeFiles(join(folder, 'agent'), {
    'agent.json': JSON.stringify({
      name: 'site',
      source: 'agent.ts',
      assets: { folder: 'public', fallback: 'index.html', except: ['/api/*'] },
      ...manifest,
    }),
    'agent.ts': 'export default (request) => new Response(`agent ${request.method}`)',
    'public/index.html': `<p>${text}`,
    'public/large.txt': LARGE,
    'public/docs/index.html': 'docs',
    'public/.env': 'SECRET=1',
  })
  return agentBundle(await buildAgent({ directory }))
}

function start(): Promise<MayflyServer> {
  return startServer({
    agents,
    port: 0,
    workers: 1,
    logLevel: 'silent',
    allowedHosts: ['*'],
    dataDirectory,
    controlToken: 't',
  })
}

function get(path: string, init?: RequestInit): Promise<Response> {
  return fetch(server.url + path, { redirect: 'manual', ...init })
}

async function textOf(path: string, init?: RequestInit): Promise<string> {
  return (await get(path, init)).text()
}

async function raw(target: string, ...fields: string[]): Promise<string> {
  using wire = new Wire(server.url)
  wire.send(message('GET', target, [...fields, 'Connection: close']))
  return await wire.closed()
}

async function deploy(bundle: AgentBundle, pack = bundle.assets?.bytes): Promise<Response> {
  const form = new FormData()
  form.set('manifest', JSON.stringify(bundle.manifest))
  form.set('component', new Blob([bundle.component]), 'agent.wasm')
  if (pack !== undefined) form.set('assets', new Blob([pack]), 'agent.assets')
  const headers = { authorization: 'Bearer t' }
  return fetch(`${server.url}/-/agents`, { method: 'POST', body: form, headers })
}

describe('assets', () => {
  it('answer in the place of the agent, with the request id and a log of the agent', async () => {
    const response = await get('/site/large.txt', { headers: { 'accept-encoding': 'identity' } })
    expect([response.status, await response.text()]).toEqual([200, LARGE])
    expect(response.headers.get('content-length')).toBe(String(LARGE.length))
    expect(response.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/)
    expect(await textOf('/site/')).toBe('<p>first')
    expect(await textOf('/shop/')).toBe('<p>first')
  })

  it('are compressed for clients that take it', async () => {
    const response = await get('/site/large.txt', { headers: { 'accept-encoding': 'gzip' } })
    expect(response.headers.get('content-encoding')).toBe('gzip')
    expect(response.headers.get('etag')).toMatch(/^W\/"/)
    expect(await response.text()).toBe(LARGE)
    const headers = { 'if-none-match': response.headers.get('etag') ?? '' }
    expect((await get('/site/large.txt', { headers })).status).toBe(304)
  })

  it('have parts and conditions', async () => {
    const part = await get('/site/large.txt', { headers: { range: 'bytes=6-10' } })
    expect([part.status, await part.text()]).toEqual([206, 'large'])
    const headers = { 'if-none-match': part.headers.get('etag') ?? '' }
    const same = await get('/site/large.txt', { headers })
    expect([same.status, await same.text()]).toEqual([304, ''])
    const plain = { 'accept-encoding': 'identity' }
    const head = await get('/site/large.txt', { method: 'HEAD', headers: plain })
    expect(head.headers.get('content-length')).toBe(String(LARGE.length))
  })

  it('leave all else to the agent', async () => {
    expect(await textOf('/site/large.txt', { method: 'POST' })).toBe('agent POST')
    expect(await textOf('/site/absent')).toBe('agent GET')
    expect(bodyOf(await raw('/site/api/x', 'Accept: text/html'))).toBe('agent GET')
    expect(bodyOf(await raw('/site/some/page', 'Accept: text/html'))).toBe('<p>first')
  })

  it('lead to the folder of an index, as clients know it', async () => {
    for (const [path, location] of [
      ['/site', '/site/'],
      ['/site?a', '/site/?a'],
      ['/site/docs?a', '/site/docs/?a'],
      ['/shop/docs', '/shop/docs/'],
    ] as const) {
      const { status, headers } = await get(path)
      expect([status, headers.get('location')]).toEqual([308, location])
    }
  })

  it.each([
    '/site/../../../../etc/passwd',
    '/site/..%2f..%2f..%2fetc%2fpasswd',
    '/site/%2e%2e/%2e%2e/agent.json',
    '/site/.env',
    '/site/%2eenv',
    '/site/docs/..%2f.env',
    '/site/..\\..\\agent.json',
    '/site//etc/passwd',
    '/site/large.txt%00.html',
  ])('are nothing but the files of the pack: %s', async (target) => {
    const answer = await raw(target)
    expect([200, 400, 404]).toContain(statusOf(answer))
    expect(bodyOf(answer)).toMatch(/agent GET|no agent answers|not valid|requests to/)
  })
})

describe('assets of a version', () => {
  it('come and go with it, and survive a new start', async () => {
    expect((await deploy(await site('second'))).status).toBe(200)
    expect(await textOf('/site/')).toBe('<p>second')
    await server.close()
    server = await start()
    expect(await textOf('/site/')).toBe('<p>second')
    expect(await textOf('/shop/')).toBe('<p>first')
    const headers = { authorization: 'Bearer t' }
    await fetch(`${server.url}/-/agents/site/rollback`, { method: 'POST', headers })
    expect(await textOf('/site/')).toBe('<p>first')
    // One for each agent that is served, and the version that was rolled back.
    expect(readdirSync(join(dataDirectory, 'assets'))).toHaveLength(3)
  }, 30_000)

  it('are there for a version that is served again after a start', async () => {
    await server.close()
    server = await start()
    const headers = { authorization: 'Bearer t' }
    const listed = await fetch(`${server.url}/-/agents/site/versions`, { headers })
    const { versions } = (await listed.json()) as VersionList
    const withdrawn = versions.find(({ state }) => state === 'withdrawn')
    const rollBack = (to?: string) =>
      fetch(`${server.url}/-/agents/site/rollback`, {
        ...{ method: 'POST', headers, body: JSON.stringify({ to }) },
      })
    expect((await rollBack(withdrawn?.revision)).status).toBe(200)
    expect(await textOf('/site/')).toBe('<p>second')
    expect((await rollBack()).status).toBe(200)
    expect(await textOf('/site/')).toBe('<p>first')
  }, 30_000)

  it('are refused where they are damaged, are missing, or are not named', async () => {
    const bundle = await site('third')
    const damaged = Uint8Array.from(bundle.assets?.bytes ?? [])
    damaged[damaged.length - 1] = 0
    for (const pack of [damaged, new Uint8Array(9), undefined]) {
      const response = await deploy({ ...bundle, assets: {} as never }, pack)
      expect(response.status).toBe(400)
      expect(await response.text()).toMatch(/another content|pack of assets|no file \\"assets\\"/)
    }
    const { assets: _, ...unnamed } = bundle.manifest
    expect((await deploy({ ...bundle, manifest: unnamed as never })).status).toBe(400)
    expect(await textOf('/site/')).toBe('<p>first')
  })

  it('are not served of an agent that is disabled', async () => {
    const headers = { authorization: 'Bearer t' }
    const order = (word: string) =>
      fetch(`${server.url}/-/agents/site/${word}`, { method: 'POST', headers })
    await order('disable')
    expect((await get('/site/large.txt')).status).toBe(503)
    await order('enable')
    expect((await get('/site/large.txt')).status).toBe(200)
  })
})
