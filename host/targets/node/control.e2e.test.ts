/** Commands of an operator to agents while they run, and their records in the audit log. @module */

import { mkdtempSync, rmSync } from 'node:fs'
import { request as httpRequest } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { buildAgent } from '../../toolchain/index.ts'
import { writeFiles } from '../../cli/testing/mayfly-process.ts'
import { auditRecords, verifyAudit } from '../../drivers/audit-file/index.ts'
import {
  controlSocket,
  startServer,
  type AgentBundle,
  type MayflyServer,
  type ServerOptions,
} from './index.ts'

const SOURCE = `
  const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms))
  const routes = {
    '/': () => new Response('hello'),
    '/spin': () => { for (;;); },
    '/wait': async () => { for (;;) await sleep(1000) },
    '/stream': () => new Response(new ReadableStream({
      async start(controller) {
        for (;;) {
          controller.enqueue(new TextEncoder().encode('more'))
          await sleep(20)
        }
      },
    })),
    '/notes': async (_, env) => new Response(String(await env.kv.open('notes').increment('n'))),
    '/once': async (_, env) => new Response(String(await env.kv.open('once').increment('n'))),
    '/use-notes': async (_, env) => {
      for (let n = 0; ; n++) {
        try { await env.kv.open('notes').get('n') } catch { return new Response('after ' + n) }
      }
    },
    '/too-many': async (_, env) => {
      for (;;) await env.kv.open('notes').get('n')
    },
  }
  export default { fetch: (request, env) => routes[new URL(request.url).pathname](request, env) }
`

let directory = ''
/** The way in of the user of each host. */
const sockets = new WeakMap<MayflyServer, string>()
let bundle: AgentBundle
let server: MayflyServer

async function build(name: string, kvOperations: number, limits = {}): Promise<AgentBundle> {
  const folder = writeFiles(join(directory, name), {
    'agent.ts': SOURCE,
    'agent.json': {
      name,
      source: 'agent.ts',
      capabilities: {
        kv: { notes: { access: 'write' }, once: { access: 'write', maxUses: 1 } },
      },
      limits: { deadlineMs: 20_000, kvOperations, ...limits },
    },
  })
  const { manifest, component } = await buildAgent({
    directory: folder,
    cacheDirectory: join(directory, 'cache'),
  })
  return { manifest, component: new Uint8Array(component), revision: name }
}

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'mayfly-control-'))
  bundle = await build('tester', 1_000_000_000)
  server = await start()
}, 240_000)

afterAll(async () => {
  await server?.close()
  rmSync(directory, { recursive: true, force: true })
})

async function start(options: Partial<ServerOptions> = {}): Promise<MayflyServer> {
  const { dataDirectory = join(directory, 'store') } = options
  const started = await startServer({
    agents: [bundle, await build('other', 100)],
    port: 0,
    workers: 2,
    dataDirectory,
    logLevel: 'silent',
    ...options,
  })
  sockets.set(started, controlSocket(dataDirectory) ?? '')
  return started
}

function ask(path: string, init: RequestInit = {}, { url } = server): Promise<Response> {
  return fetch(url + path, { ...init, headers: { connection: 'close', ...init.headers } })
}

interface Answer {
  readonly status: number
  readonly body: Readonly<Record<string, unknown>>
}

interface PostOptions {
  readonly headers?: Record<string, string>
  /** In place of the port. */
  readonly socketPath?: string
}

/** @param options - without them, over the socket of the host */
function post(path: string, body?: unknown, options?: PostOptions): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const way = options ?? { socketPath: sockets.get(server) ?? '' }
    const sent = httpRequest(server.url + path, { method: 'POST', agent: false, ...way })
    sent.on('response', async (response) => {
      const text = Buffer.concat(await Array.fromAsync(response)).toString()
      resolve({ status: response.statusCode ?? 0, body: JSON.parse(text) })
    })
    sent.on('error', reject)
    sent.end(body === undefined ? undefined : JSON.stringify(body))
  })
}

async function active(): Promise<number> {
  const { agents } = (await (await ask('/-/agents')).json()) as { agents: { active: number }[] }
  return agents.reduce((sum, agent) => sum + agent.active, 0)
}

async function untilActive(count: number): Promise<void> {
  while ((await active()) !== count) await new Promise((resolve) => setTimeout(resolve, 10))
}

describe('POST /-/agents/:name/kill', () => {
  it('stops what waits, in every worker, and nothing else', async () => {
    const waiting = Array.from({ length: 6 }, () => ask('/tester/wait'))
    const other = ask('/other/wait')
    await untilActive(7)
    const { status, body } = await post('/-/agents/tester/kill')
    expect(status).toBe(200)
    expect(body).toMatchObject({ agent: 'tester', stopped: 6, workers: 2, silent: 0 })
    const statuses = (await Promise.all(waiting)).map((response) => response.status)
    expect(statuses).toEqual(Array(6).fill(503))
    expect(await active()).toBe(1)
    expect((await post('/-/agents/other/kill')).body).toMatchObject({ stopped: 1 })
    expect((await other).status).toBe(503)
    expect(await (await ask('/tester/')).text()).toBe('hello')
  })

  it('stops what computes and never lets its thread go', async () => {
    const spinning = Array.from({ length: 4 }, () => ask('/tester/spin'))
    // Requests that had not begun are not invocations yet: they arrive at a worker that computes.
    for (let left = 4; left > 0;) {
      const { body } = await post('/-/agents/tester/kill')
      expect(body).toMatchObject({ workers: 2, silent: 0 })
      left -= Number(body['stopped'])
    }
    const statuses = (await Promise.all(spinning)).map((response) => response.status)
    expect(statuses).toEqual(Array(4).fill(503))
  })

  it('cuts answers that are under way', async () => {
    const response = await ask('/tester/stream')
    const reader = response.body?.getReader()
    expect((await reader?.read())?.value?.length).toBeGreaterThan(0)
    await post('/-/agents/tester/kill')
    const rest = async (): Promise<void> => {
      while ((await reader?.read())?.done === false);
    }
    await expect(rest()).rejects.toThrow()
  })

  it('ends the thread of an agent that counts no fuel', async () => {
    const unmetered = await build('unmetered', 1, { metering: 'watchdog' })
    const dataDirectory = join(directory, 'unmetered-store')
    await using host = await disposable({ agents: [unmetered], dataDirectory })
    const spinning = ask('/unmetered/spin', {}, host.server).catch(() => 'broken off')
    const own = { socketPath: sockets.get(host.server) ?? '' }
    // The worker is silent from then on, so nothing says that it has begun; a kill before that would answer the request.
    await new Promise((resolve) => setTimeout(resolve, 300))
    const { body } = await post('/-/agents/unmetered/kill', undefined, own)
    expect(body).toMatchObject({ workers: 0, terminated: 1 })
    expect(await spinning).toBe('broken off')
  })

  it('answers 404 for no agent and 405 for another method', async () => {
    expect((await post('/-/agents/absent/kill')).status).toBe(404)
    expect((await ask('/-/agents/tester/kill')).status).toBe(405)
  })
})

describe('POST /-/agents/:name/disable', () => {
  it('refuses new requests until it is enabled', async () => {
    expect((await post('/-/agents/tester/disable')).body).toMatchObject({ workers: 2 })
    expect((await ask('/tester/')).status).toBe(503)
    expect((await ask('/other/')).status).toBe(200)
    await post('/-/agents/tester/enable')
    expect((await ask('/tester/')).status).toBe(200)
  })
})

describe('POST /-/agents/:name/grants', () => {
  it('is felt by an invocation that never lets its thread go', async () => {
    const using = ask('/other/use-notes', {}, server)
    expect(await (await using).text()).toBe('after 100')
    const running = ask('/tester/use-notes')
    await untilActive(1)
    const revoked = await post('/-/agents/tester/grants', { revoke: ['kv.notes'] })
    expect(revoked).toMatchObject({ status: 200, body: { silent: 0 } })
    expect(await (await running).text()).toMatch(/^after \d+$/)
    expect((await ask('/tester/notes')).status).toBe(500)
    expect((await ask('/other/notes')).status).toBe(200)
  })

  it('refuses to grant more, or what it does not understand', async () => {
    const wider = { narrow: { 'kv.once': { maxUses: 2 } } }
    expect((await post('/-/agents/tester/grants', wider)).status).toBe(409)
    expect((await post('/-/agents/tester/grants', { grant: ['kv.more'] })).status).toBe(400)
    expect((await post('/-/agents/tester/grants')).status).toBe(400)
  })

  it('counts the uses of a lease over all workers', async () => {
    const answers = await Promise.all(Array.from({ length: 8 }, () => ask('/tester/once')))
    const statuses = answers.map(({ status }) => status).sort()
    expect(statuses).toEqual([200, ...Array(7).fill(500)])
  })
})

describe('the control plane on loopback without a token', () => {
  it('takes no changes over TCP, and says which way is open', async () => {
    const { status, body } = await post('/-/agents/tester/kill', undefined, {})
    expect([status, body['error']]).toEqual([
      401,
      expect.stringMatching(/control\.sock.*MAYFLY_TOKEN/),
    ])
  })

  it('takes no changes from the page of a website', async () => {
    const attempts = [
      { origin: 'http://evil.test' },
      { origin: server.url },
      { 'sec-fetch-site': 'cross-site' },
      { host: 'rebound.evil.test' },
    ]
    for (const headers of attempts) {
      expect((await post('/-/agents/tester/kill', undefined, { headers })).status).toBe(403)
    }
  })

  it('tells a name that a website has made resolve to this machine nothing but its health', async () => {
    const statusOf = (path: string, host: string): Promise<number | undefined> =>
      new Promise((resolve, reject) => {
        const sent = httpRequest(server.url + path, { agent: false, headers: { host } })
        sent.on('response', (response) => resolve(response.resume().statusCode))
        sent.on('error', reject)
        sent.end()
      })
    const views = ['agents', 'approvals', 'metrics', 'audit', 'functions', 'tools']
    for (const path of views.map((view) => `/-/${view}`)) {
      expect([path, await statusOf(path, 'rebound.evil.test')]).toEqual([path, 403])
      expect([path, await statusOf(path, 'localhost')]).toEqual([path, 200])
    }
    expect(await statusOf('/-/health', 'rebound.evil.test')).toBe(200)
  })
})

describe('the control plane with a token', () => {
  it('takes no changes without it', async () => {
    const before = server
    const options = { dataDirectory: join(directory, 'token'), controlToken: 'of the operator' }
    await using guarded = await disposable(options)
    server = guarded.server
    const headers = { authorization: 'Bearer of the operator' }
    expect((await post('/-/agents/tester/kill', undefined, {})).status).toBe(401)
    expect((await post('/-/agents/tester/kill', undefined, { headers })).status).toBe(200)
    expect((await post('/-/agents/tester/kill')).status).toBe(200)
    server = before
  })
})

describe('budgets', () => {
  it('answer 429 when an agent fails for want of one', async () => {
    expect((await ask('/other/too-many')).status).toBe(429)
  })
})

describe('approval of new versions', () => {
  it('refuses one that gains until it is allowed, and remembers', async () => {
    const dataDirectory = join(directory, 'approvals')
    const wider = await build('tester', 5)
    const kv = { ...wider.manifest.capabilities.kv, more: { access: 'read' as const } }
    const capabilities = { ...wider.manifest.capabilities, kv }
    const next = { ...wider, manifest: { ...wider.manifest, capabilities }, revision: 'next' }
    {
      await using first = await disposable({ agents: [bundle], dataDirectory })
      await expect(first.server.deploy([next])).rejects.toThrow('+ kv more read')
      // Fewer powers, or the same, need no approval.
      await first.server.deploy([wider])
    }
    {
      await using refused = await disposable({ agents: [next], dataDirectory })
      expect(refused.server.refused).toMatchObject([{ error: { code: 'ERR_CAPABILITY_DENIED' } }])
    }
    {
      await using allowed = await disposable({
        agents: [next],
        dataDirectory,
        allowNewCapabilities: true,
      })
      expect(allowed.server.refused).toEqual([])
    }
    await using again = await disposable({ agents: [next], dataDirectory })
    expect(again.server.refused).toEqual([])
  })

  it('keeps what was revoked, used up and disabled over a restart', async () => {
    const dataDirectory = join(directory, 'restart')
    const before = server
    {
      await using first = await disposable({ dataDirectory })
      server = first.server
      await post('/-/agents/tester/grants', { revoke: ['kv.notes'] })
      await post('/-/agents/other/disable')
      expect((await ask('/tester/once')).status).toBe(200)
    }
    await using second = await disposable({ dataDirectory })
    server = second.server
    expect((await ask('/tester/notes')).status).toBe(500)
    expect((await ask('/tester/once')).status).toBe(500)
    expect((await ask('/other/')).status).toBe(503)
    server = before
  }, 240_000)
})

describe('the audit log', () => {
  it('has all of it, verifies, and holds no payload', async () => {
    const dataDirectory = join(directory, 'audited')
    const before = server
    let allowed: string | null
    let denied: string | null
    {
      await using host = await disposable({ dataDirectory, workers: 2 })
      server = host.server
      allowed = idOf(await ask('/tester/notes?secret=query'))
      await post('/-/agents/tester/grants', { revoke: ['kv.notes'] })
      denied = idOf(await ask('/tester/notes'))
      await post('/-/agents/tester/kill')
      server = before
    }
    const audit = join(dataDirectory, 'audit')
    const { problems, files } = await verifyAudit(audit)
    expect(problems).toEqual([])
    expect(files.map(({ closed, unsigned }) => [closed, unsigned])).toEqual(
      Array(3).fill([true, 0]),
    )
    const records = await Array.fromAsync(auditRecords(audit))
    const of = (id: string | null) => records.filter(({ invocation }) => invocation === id)
    expect(of(allowed)).toMatchObject([
      { kind: 'use', capability: 'kv', action: 'increment', rule: 'kv.notes', outcome: 'allowed' },
      { kind: 'invocation', caller: 'http', status: 200, outcome: 'completed' },
    ])
    expect(of(denied)).toMatchObject([
      { kind: 'use', outcome: 'denied' },
      { kind: 'invocation', outcome: 'failed', reason: 'ERR_GUEST_FAILED' },
    ])
    const [first, second] = [of(allowed)[0], of(denied)[0]]
    expect(first?.component).toMatch(/^sha256:[0-9a-f]{64}$/)
    expect(first?.policy).not.toBe(second?.policy)
    const kinds = new Set(records.map(({ kind }) => kind))
    for (const kind of ['deploy', 'approval', 'grants', 'kill', 'writer', 'anchor', 'close']) {
      expect(kinds).toContain(kind)
    }
    expect(JSON.stringify(records)).not.toContain('query')
  })
})

function idOf(response: Response): string | null {
  return response.headers.get('x-request-id')
}

/** A separate host with one worker. */
async function disposable(
  options: Partial<ServerOptions>,
): Promise<AsyncDisposable & { server: MayflyServer }> {
  const started = await start({ workers: 1, ...options })
  return { server: started, [Symbol.asyncDispose]: () => started.close() }
}
