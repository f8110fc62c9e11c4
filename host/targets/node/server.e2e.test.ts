import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, get, type IncomingMessage, type Server } from 'node:http'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { buildAgent } from '../../toolchain/index.ts'
import { startServer, type AgentBundle, type MayflyServer } from './index.ts'

const SOURCE = `
  let calls = 0
  const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms))
  const routes = {
    '/': () => new Response('revision REVISION'),
    '/state': () => new Response(String(++calls)),
    '/echo': async (request) => new Response(await request.text()),
    '/count': async (_, env) => new Response(String(await env.kv.open('notes').increment('n'))),
    '/denied': async (_, env) => new Response(String(await env.kv.open('others').get('n'))),
    '/sleep': async () => (await sleep(300), new Response('slept')),
    '/doze': async () => (await sleep(1500), new Response('dozed')),
    '/framed': () => new Response('longer than three', { headers: { 'content-length': '3' } }),
    '/fail': () => { throw new Error('a secret of the guest') },
    '/spin': () => { for (;;); },
    '/stream': () => new Response(new ReadableStream({
      async start(controller) {
        for (const part of ['one', 'two', 'three']) {
          controller.enqueue(new TextEncoder().encode(part))
          await sleep(100)
        }
        controller.close()
      },
    })),
  }
  export default {
    async fetch(request, env) {
      const { pathname } = new URL(request.url)
      return (await routes[pathname]?.(request, env)) ?? new Response(pathname, { status: 404 })
    },
  }
`

const DEADLINE_MS = 2000
let directory = ''
let bundle: AgentBundle
let server: MayflyServer

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'mayfly-e2e-'))
  bundle = await build('1')
  server = await start()
}, 60_000)

afterAll(async () => {
  await server?.close()
  rmSync(directory, { recursive: true, force: true })
})

async function build(revision: string): Promise<AgentBundle> {
  const manifest = {
    name: 'tester',
    source: 'agent.ts',
    capabilities: { kv: { notes: { access: 'write' } } },
    limits: { deadlineMs: DEADLINE_MS, requestBodyBytes: 1000, metering: 'watchdog' },
  }
  writeFileSync(join(directory, 'agent.json'), JSON.stringify(manifest))
  writeFileSync(join(directory, 'agent.ts'), SOURCE.replace('REVISION', revision))
  const built = await buildAgent({ directory, cacheDirectory: join(directory, 'cache') })
  return { manifest: built.manifest, component: new Uint8Array(built.component), revision }
}

function start(options: { port?: number; workers?: number } = {}): Promise<MayflyServer> {
  return startServer({
    agents: [bundle],
    port: 0,
    workers: 2,
    dataDirectory: join(directory, 'store'),
    logLevel: 'silent',
    ...options,
  })
}

/** Each request on a new connection, so that the requests of a test reach every worker. */
function ask(path: string, init: RequestInit = {}, { url } = server): Promise<Response> {
  return fetch(url + path, { ...init, headers: { connection: 'close', ...init.headers } })
}

async function text(path: string, init?: RequestInit): Promise<string> {
  return (await ask(path, init)).text()
}

/** Sends bytes as they are and returns the first line of the answer. */
function raw(request: string): Promise<string> {
  const { hostname, port } = new URL(server.url)
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname, () => socket.write(request))
    socket.once('data', (chunk) => {
      resolve(String(chunk).split('\r\n')[0] ?? '')
      socket.destroy()
    })
    socket.once('error', reject)
  })
}

/** Invocations under way in all workers. */
async function active(of = server): Promise<number> {
  const { agents } = (await (await ask('/-/agents', {}, of)).json()) as {
    agents: { active: number }[]
  }
  return agents.reduce((sum, agent) => sum + agent.active, 0)
}

describe('startServer()', () => {
  it('serves an agent under its name', async () => {
    const response = await ask('/tester')
    expect([response.status, await response.text()]).toEqual([200, 'revision 1'])
    expect(await text('/tester/echo', { method: 'POST', body: 'body' })).toBe('body')
    expect(await text('/tester/absent?x')).toBe('/absent')
    expect(await text('/tester/framed')).toBe('longer than three')
  })

  it('gives every request a clean state', async () => {
    const answers = await Promise.all(Array.from({ length: 20 }, () => text('/tester/state')))
    expect(new Set(answers)).toEqual(new Set(['1']))
  })

  it('counts in one store, whichever worker answers', async () => {
    const answers = await Promise.all(Array.from({ length: 20 }, () => text('/tester/count')))
    expect(new Set(answers).size).toBe(20)
    expect(Math.max(...answers.map(Number))).toBe(20)
  })

  it('tells the client nothing of a failure', async () => {
    for (const path of ['/tester/fail', '/tester/denied']) {
      const response = await ask(path)
      expect(response.status).toBe(500)
      expect(await response.json()).toEqual({
        error: 'agent failed',
        requestId: expect.any(String),
      })
    }
  })

  it('answers HEAD without a body, 404 for no agent and 413 for too large a body', async () => {
    const head = await ask('/tester', { method: 'HEAD' })
    expect([head.status, await head.text()]).toEqual([200, ''])
    expect((await ask('/absent')).status).toBe(404)
    expect((await ask('/tester/echo', { method: 'POST', body: 'x'.repeat(1001) })).status).toBe(413)
  })

  it('sends a stream chunk by chunk', async () => {
    const message = await new Promise<IncomingMessage>((resolve, reject) => {
      get(`${server.url}/tester/stream`, resolve).on('error', reject)
    })
    const chunks: string[] = []
    for await (const chunk of message) chunks.push(String(chunk))
    expect(chunks).toEqual(['one', 'two', 'three'])
  })

  it('stops the agent when the client goes away', async () => {
    const controller = new AbortController()
    const answer = ask('/tester/doze', { signal: controller.signal })
    await vi.waitFor(async () => expect(await active()).toBe(1))
    controller.abort()
    await expect(answer).rejects.toThrow('aborted')
    // Sooner than the 1500 ms the agent would have slept.
    await vi.waitFor(async () => expect(await active()).toBe(0), { timeout: 1000, interval: 10 })
  })

  it.each([
    ['a header without a name', 'GET /tester HTTP/1.1\r\nHost: a\r\n: x\r\n\r\n'],
    ['a header name with a space', 'GET /tester HTTP/1.1\r\nHost: a\r\na b: x\r\n\r\n'],
    ['no host', 'GET /tester HTTP/1.1\r\n\r\n'],
    ['two lengths', 'POST /tester HTTP/1.1\r\nHost: a\r\nContent-Length: 1, 2\r\n\r\nx'],
    ['a request line of its own', 'hello\r\n\r\n'],
  ])('answers 400 for %s', async (_, request) => {
    expect(await raw(request)).toMatch(/^HTTP\/1.1 400 /)
  })

  it('answers for the whole host under /-/', async () => {
    const health = await ask('/-/health')
    expect(await health.json()).toMatchObject({ status: 'ok', workers: { ready: 2, wanted: 2 } })
    const agents: unknown = await (await ask('/-/agents')).json()
    expect(agents).toMatchObject({
      agents: [{ name: 'tester', route: '/tester/*', failures: 2, active: 0 }],
    })
    const refused = await ask('/-/health', { method: 'POST' })
    expect([refused.status, refused.headers.get('allow')]).toEqual([405, 'GET, HEAD'])
  })

  it('swaps an agent while it serves, and keeps the old one when the new one does not load', async () => {
    const next = await build('2')
    await server.deploy([next])
    const answers = await Promise.all(Array.from({ length: 10 }, () => text('/tester')))
    expect(new Set(answers)).toEqual(new Set(['revision 2']))
    const broken = { ...next, component: new Uint8Array([0, 1, 2]), revision: 'broken' }
    await expect(server.deploy([broken])).rejects.toMatchObject({ code: 'ERR_COMPONENT_MALFORMED' })
    expect(await text('/tester')).toBe('revision 2')
  })

  it('replaces a worker that hangs', async () => {
    await expect(ask('/tester/spin')).rejects.toThrow()
    await vi.waitFor(
      async () => expect(await (await ask('/-/health')).json()).toMatchObject({ status: 'ok' }),
      { timeout: 10_000, interval: 100 },
    )
    const answers = await Promise.all(Array.from({ length: 10 }, () => text('/tester')))
    expect(new Set(answers).size).toBe(1)
  }, 20_000)

  it('answers what has arrived before it closes, and nothing after', async () => {
    const other = await start()
    const slow = ask('/tester/sleep', {}, other)
    await vi.waitFor(async () => expect(await active(other)).toBe(1))
    await other.close()
    expect(await (await slow).text()).toBe('slept')
    await expect(ask('/tester', {}, other)).rejects.toThrow()
  })

  describe('refuses to start', () => {
    it('on a port another program has', async () => {
      const taken: Server = createServer()
      await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve))
      const address = taken.address()
      const port = typeof address === 'object' && address !== null ? address.port : 0
      await expect(start({ port })).rejects.toMatchObject({
        code: 'ERR_HOST_UNAVAILABLE',
        message: `Cannot listen on 127.0.0.1:${port}: the port is in use`,
      })
      taken.close()
    })

    it('on a port another host has, which would share it', async () => {
      const port = Number(new URL(server.url).port)
      await expect(start({ port })).rejects.toThrow('the port is in use')
    })

    it('with a data directory it cannot make', async () => {
      const dataDirectory = join(directory, 'agent.ts', 'below')
      await expect(startServer({ agents: [], dataDirectory, port: 0 })).rejects.toThrow(
        `Cannot write to data directory "${dataDirectory}": a part of the path is a file`,
      )
    })
  })

  it('serves the agents that load when others do not', async () => {
    const component = new Uint8Array([0, 1, 2])
    const broken = { manifest: { ...bundle.manifest, name: 'broken' }, component, revision: '' }
    const agents = [broken, bundle, { ...bundle, revision: 'of the same name' }]
    const other = await startServer({ agents, port: 0, workers: 2, logLevel: 'silent' })
    expect(other.agents).toEqual([bundle])
    expect(other.refused).toMatchObject([
      { index: 0, name: 'broken', error: { code: 'ERR_COMPONENT_MALFORMED' } },
      { index: 2, name: 'tester', error: { code: 'ERR_MANIFEST_INVALID' } },
    ])
    expect(await (await ask('/tester/echo', { method: 'POST', body: 'hi' }, other)).text()).toBe(
      'hi',
    )
    await other.close()
  })
})
