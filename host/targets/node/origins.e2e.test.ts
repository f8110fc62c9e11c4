/**
 * Agents that share an origin have none of its powers; an agent with hosts of its own has all of them there.
 *
 * @module
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { request as httpRequest } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { manifestFromObject } from '../../../runtime/manifest/index.ts'
import { ORIGIN_FIELDS } from '../../../runtime/policy/index.ts'
import { writeFiles } from '../../cli/testing/mayfly-process.ts'
import { buildAgent } from '../../toolchain/index.ts'
import { startServer, type AgentBundle, type MayflyServer } from './index.ts'

/** Answers with the fields that the query names, and the path that it sees. */
const SOURCE = `
  export default {
    async fetch(request) {
      const { pathname, searchParams } = new URL(request.url)
      const headers = new Headers()
      for (const [name, value] of JSON.parse(searchParams.get('fields') ?? '[]'))
        headers.append(name, value)
      if (!searchParams.has('stream')) return new Response(pathname, { headers })
      const body = new ReadableStream({
        async start(controller) {
          controller.enqueue(new TextEncoder().encode(pathname))
          controller.close()
        },
      })
      return new Response(body, { headers })
    },
  }`

type Field = readonly [name: string, value: string]

interface Answer {
  readonly status: number
  /** Names in lower case. */
  readonly fields: readonly Field[]
  readonly text: string
}

const PLACES: Readonly<Record<string, object>> = {
  shop: {},
  store: { route: '/store/*' },
  stock: { route: '/store/stock/*' },
  page: { route: '/page.js' },
  rest: { route: '/*' },
  api: { hosts: ['api.example.com', 'api.localhost'] },
  both: { hosts: ['both.localhost'], route: '/both/*' },
}

let directory = ''
let agents: readonly AgentBundle[]
let server: MayflyServer

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'mayfly-origins-'))
  writeFiles(directory, {
    'agent.json': { name: 'any', source: 'agent.js' },
    'agent.js': SOURCE,
  })
  const built = await buildAgent({ directory, cacheDirectory: join(directory, 'cache') })
  const component = new Uint8Array(built.component)
  agents = Object.entries(PLACES).map(([name, place]) => ({
    manifest: manifestFromObject({ name, ...place }),
    component,
    revision: name,
  }))
  server = await startServer({ agents, port: 0, workers: 1, logLevel: 'silent' })
  expect(server.refused).toEqual([])
}, 120_000)

afterAll(async () => {
  await server?.close()
  rmSync(directory, { recursive: true, force: true })
})

function ask(target: string, { host, ...headers }: Record<string, string> = {}): Promise<Answer> {
  const { hostname, port } = new URL(server.url)
  return new Promise((resolve, reject) => {
    const options = {
      hostname,
      port,
      path: target,
      headers: { host: host ?? 'localhost', ...headers },
    }
    const sent = httpRequest(options, (message) => {
      let text = ''
      message.on('data', (chunk) => (text += String(chunk)))
      message.on('end', () => {
        const { rawHeaders, statusCode = 0 } = message
        const fields = rawHeaders.flatMap((name, index): Field[] =>
          index % 2 === 0 ? [[name.toLowerCase(), rawHeaders[index + 1] ?? '']] : [],
        )
        resolve({ status: statusCode, fields, text })
      })
    })
    sent.on('error', reject)
    sent.end()
  })
}

/** A path of an agent that answers with `fields`. */
function answering(path: string, fields: readonly Field[], more = ''): string {
  return `${path}?fields=${encodeURIComponent(JSON.stringify(fields))}${more}`
}

function valuesOf({ fields }: Answer, name: string): string[] {
  return fields.filter(([each]) => each === name).map(([, value]) => value)
}

const OF_THE_ORIGIN: Field[] = ORIGIN_FIELDS.filter((name) => name !== 'set-cookie').map(
  (name, index) => [index % 2 === 0 ? name : name.toUpperCase(), '"storage"'],
)
const OF_THE_ANSWER: Field[] = [
  ['access-control-allow-origin', '*'],
  ['content-security-policy', "default-src 'self'"],
  ['document-policy', 'force-load-at-top'],
  ['reporting-endpoints', 'a="https://reports.example/"'],
  ['x-frame-options', 'DENY'],
]
const COOKIES: Field[] = [
  ['set-cookie', 'inside=1; Path=/shop'],
  ['Set-Cookie', 'outside=1; Path=/'],
  ['set-cookie', '__Host-a=1; Secure; Path=/'],
  ['set-cookie', 'wide=1; Path=/shop; Domain=localhost'],
  ['set-cookie', 'plain=1'],
]

describe('an agent that shares an origin', () => {
  it.for(['', '&stream'])('sends fields of its answer, and none of the origin %s', async (more) => {
    for (const path of ['/shop/', '/store/', '/page.js', '/', '/both/']) {
      const answer = await ask(answering(path, [...OF_THE_ORIGIN, ...OF_THE_ANSWER], more))
      expect(answer.status).toBe(200)
      const names = answer.fields.map(([name]) => name)
      for (const [name] of OF_THE_ORIGIN) expect(names).not.toContain(name.toLowerCase())
      for (const [name] of OF_THE_ANSWER) expect(names).toContain(name)
    }
  })

  it.for(['', '&stream'])('stores cookies for its own paths %s', async (more) => {
    const [inside, , , , plain] = COOKIES.map(([, value]) => value)
    const below = await ask(answering('/shop/', COOKIES, more))
    expect(valuesOf(below, 'set-cookie')).toEqual([inside, plain])
    const above = await ask(answering('/shop', COOKIES, more))
    expect(valuesOf(above, 'set-cookie')).toEqual([inside])
    expect(valuesOf(await ask(answering('/page.js', COOKIES, more)), 'set-cookie')).toEqual([])
  })

  it('has no service worker that sees requests to others', async () => {
    const worker = { 'service-worker': 'script' }
    for (const path of ['/shop/sw.js', '/store/stock/sw.js', '/both/sw.js'])
      expect([path, (await ask(path, worker)).status]).toEqual([path, 200])
    for (const path of ['/sw.js', '/page.js', '/shop', '/store/sw.js']) {
      const { status, text } = await ask(path, worker)
      expect([path, status]).toEqual([path, 403])
      expect(text).toContain('needs a folder, or a host, of its own')
      expect((await ask(path)).status).toBe(200)
    }
  })
})

describe('an agent with hosts of its own', () => {
  it('sends every field there, and cookies that stay there', async () => {
    const fields = [...OF_THE_ORIGIN, ...OF_THE_ANSWER]
    for (const host of ['api.example.com', 'API.localhost.:1', 'both.localhost']) {
      const answer = await ask(answering('/both/', fields), { host })
      const names = answer.fields.map(([name]) => name)
      expect(answer.status).toBe(200)
      for (const [name] of fields) expect(names).toContain(name.toLowerCase())
    }
    const cookies: Field[] = ['a=1', 'a=1; Path=/', 'a=1; Domain=api.example.com'].map((cookie) => [
      'set-cookie',
      cookie,
    ])
    const wide: Field[] = [['set-cookie', 'a=1; Domain=example.com']]
    const answer = await ask(answering('/', [...cookies, ...wide]), { host: 'api.example.com' })
    expect(valuesOf(answer, 'set-cookie')).toEqual(cookies.map(([, value]) => value))
    const clear: Field[] = [['clear-site-data', '"cache", "cookies"']]
    const cleared = await ask(answering('/', clear), { host: 'api.example.com' })
    expect(valuesOf(cleared, 'clear-site-data')).toEqual([])
  })

  it('is found there with the whole path, and a service worker for all of it', async () => {
    const host = 'api.localhost'
    expect(await ask('/api/x', { host })).toMatchObject({ status: 200, text: '/api/x' })
    expect(await ask('/sw.js', { host, 'service-worker': 'script' })).toMatchObject({ status: 200 })
    const both = { host: 'both.localhost' }
    expect(await ask('/both/x', both)).toMatchObject({ status: 200, text: '/both/x' })
    expect((await ask('/x', both)).status).toBe(404)
    // The list of agents: of that host, and of no other.
    const { text } = await ask('/', both)
    expect(text).toContain('both')
    expect(text).not.toContain('shop')
  })

  it('is alone there', async () => {
    expect((await ask('/shop/', { host: 'both.localhost' })).status).toBe(404)
    // Its own, not the shop.
    expect(await ask('/shop/x', { host: 'api.localhost' })).toMatchObject({ text: '/shop/x' })
  })

  it('is beside others only with a route', async () => {
    expect(await ask('/both/x')).toMatchObject({ status: 200, text: '/x' })
    // The agent that has all that is left.
    expect(await ask('/api/x')).toMatchObject({ status: 200, text: '/api/x' })
    const [alone] = agents.filter(({ revision }) => revision === 'api')
    if (alone === undefined) throw new Error('no agent')
    const manifest = manifestFromObject({ name: 'late', hosts: ['api.example.com'] })
    const both = [alone, { ...alone, manifest, revision: 'late' }]
    const only = await startServer({ agents: both, port: 0, workers: 1, logLevel: 'silent' })
    try {
      expect(only.refused.map(({ name, error }) => [name, String(error)])).toEqual([
        ['late', expect.stringContaining('host "api.example.com" is taken')],
      ])
      expect((await fetch(`${only.url}/api/`)).status).toBe(404)
      expect(await (await fetch(`${only.url}/`)).text()).not.toContain('api')
    } finally {
      await only.close()
    }
  })

  it('needs no --allow-host for them on loopback, where other names are refused', async () => {
    expect((await ask('/', { host: 'api.example.com:8787' })).status).toBe(200)
    for (const host of ['example.com', 'more.api.example.com', 'api.example.com.evil.test'])
      expect([host, (await ask('/', { host })).status]).toEqual([host, 403])
  })

  it('has no control plane beside it', async () => {
    for (const path of ['/-/health', '/-/agents', '/-/functions', '/-/']) {
      const { status, text } = await ask(path, { host: 'api.localhost' })
      expect([path, status]).toEqual([path, 404])
      expect(text).toContain('no control plane at the host of an agent')
    }
    expect((await ask('/-/health')).status).toBe(200)
    expect((await ask('/-/health', { host: 'other.localhost' })).status).toBe(200)
  })

  it('is listed with them', async () => {
    const { text } = await ask('/-/agents')
    // The cast: the control plane wrote it.
    const list = (JSON.parse(text) as { agents: { name: string }[] }).agents
    const of = (name: string): unknown => list.find((each) => each.name === name)
    expect(of('api')).toMatchObject({
      route: '/*',
      hosts: ['api.example.com', 'api.localhost'],
      shared: false,
    })
    expect(of('both')).toMatchObject({ route: '/both/*', hosts: ['both.localhost'], shared: true })
    expect(of('shop')).toMatchObject({ route: '/shop/*', hosts: [], shared: true })
  })

  it('keeps others from them', async () => {
    const [first] = agents
    if (first === undefined) throw new Error('no agent')
    const manifest = manifestFromObject({ name: 'late', hosts: ['api.example.com'] })
    const late = { ...first, manifest, revision: 'late' }
    await expect(server.deploy([...agents, late])).rejects.toMatchObject({
      code: 'ERR_MANIFEST_INVALID',
      message: 'Cannot serve agent "late": host "api.example.com" is taken',
    })
    expect((await ask('/', { host: 'api.example.com' })).status).toBe(200)
  })
})
