/** Versions of agents that come over the control plane, on a separate port. @module */

import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { request as httpRequest } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { buildAgent } from '../../toolchain/index.ts'
import { mayfly, writeFiles } from '../../cli/testing/mayfly-process.ts'
import { auditRecords } from '../../drivers/audit-file/index.ts'
import type { Manifest } from '../../../runtime/manifest/index.ts'
import { revisionOf, startServer, type AgentBundle, type MayflyServer } from './index.ts'

const TOKEN = 'of-the-operator'

let directory = ''
let server: MayflyServer
let first: AgentBundle
let second: AgentBundle

async function build(name: string, version: string, capabilities = {}): Promise<AgentBundle> {
  const folder = writeFiles(join(directory, `${name}-${version}`), {
    'agent.ts': `
      const routes = {
        '/spin': () => { for (;;); },
        '/': () => new Response('${version}'),
      }
      export default { fetch: (request) => routes[new URL(request.url).pathname]() }
    `,
    'agent.json': { name, source: 'agent.ts', capabilities, limits: { deadlineMs: 20_000 } },
  })
  const built = await buildAgent({ directory: folder, cacheDirectory: join(directory, 'cache') })
  const component = new Uint8Array(built.component)
  return { manifest: built.manifest, component, revision: revisionOf(built.manifest, component) }
}

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'mayfly-deploy-'))
  first = await build('shop', 'first')
  second = await build('shop', 'second')
  server = await startServer({
    agents: [first],
    port: 0,
    workers: 1,
    controlPort: 0,
    controlToken: TOKEN,
    dataDirectory: join(directory, 'data'),
    logLevel: 'silent',
  })
}, 240_000)

afterAll(async () => {
  await server?.close()
  rmSync(directory, { recursive: true, force: true })
})

interface Answer {
  readonly status: number
  readonly body: Readonly<Record<string, unknown>>
}

interface AskOptions {
  readonly method?: string
  readonly body?: FormData | string
  readonly token?: string | undefined
  /** @default the control port */
  readonly base?: string | undefined
}

/** Not with `fetch`, which says that it is a browser. */
async function ask(path: string, options: AskOptions = {}): Promise<Answer> {
  const { method = 'GET', body, base = server.controlUrl ?? '' } = options
  const token = 'token' in options ? options.token : TOKEN
  const written = new Response(body ?? null)
  const type = written.headers.get('content-type')
  const bytes = Buffer.from(await written.arrayBuffer())
  return new Promise((resolve, reject) => {
    const headers = {
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(type === null ? {} : { 'content-type': type }),
    }
    const sent = httpRequest(base + path, { method, headers, agent: false })
    sent.on('response', async (response) => {
      const text = Buffer.concat(await Array.fromAsync(response)).toString()
      resolve({ status: response.statusCode ?? 0, body: JSON.parse(text) })
    })
    sent.on('error', reject)
    sent.end(bytes)
  })
}

function form(manifest: Manifest | string, component?: Uint8Array<ArrayBuffer>): FormData {
  const made = new FormData()
  made.set('manifest', typeof manifest === 'string' ? manifest : JSON.stringify(manifest))
  if (component !== undefined) made.set('component', new Blob([component]), 'agent.wasm')
  return made
}

function deploy(bundle: AgentBundle, query = '', options: AskOptions = {}): Promise<Answer> {
  const body = form(bundle.manifest, bundle.component)
  return ask(`/-/agents${query}`, { method: 'POST', body, ...options })
}

const served = async (name = 'shop'): Promise<string> =>
  (await fetch(`${server.url}/${name}/`)).text()

describe('POST /-/agents', () => {
  it('serves a version in place of the one before, and rolls back', async () => {
    expect(await served()).toBe('first')
    const { status, body } = await deploy(second)
    expect([status, body['isNew'], body['gained']]).toEqual([200, false, []])
    expect(await served()).toBe('second')
    expect((await ask('/-/agents/shop')).body).toMatchObject({ name: 'shop', earlier: 1 })
    expect((await ask('/-/agents/shop/rollback', { method: 'POST' })).status).toBe(200)
    expect(await served()).toBe('first')
    const none = await ask('/-/agents/shop/rollback', { method: 'POST' })
    expect(none).toMatchObject({
      status: 400,
      body: { error: expect.stringContaining('no earlier') },
    })
    expect((await ask('/-/agents/absent/rollback', { method: 'POST' })).status).toBe(404)
  })

  it('serves an agent there was none of', async () => {
    const { status, body } = await deploy(await build('extra', 'new'))
    expect([status, body['isNew']]).toEqual([201, true])
    expect(await served('extra')).toBe('new')
    expect(await served()).toBe('first')
  })

  it('refuses a version that gains capabilities until that is allowed', async () => {
    const wider = await build('shop', 'wider', { kv: { orders: { access: 'write' } } })
    const refused = await deploy(wider)
    expect(refused.status).toBe(409)
    expect(refused.body['error']).toContain('+ kv orders write')
    expect((await deploy(wider, '?allowNewCapabilities=false')).status).toBe(409)
    expect(await served()).toBe('first')
    const allowed = await deploy(wider, '?allowNewCapabilities=true')
    expect(allowed).toMatchObject({
      status: 200,
      body: { gained: ['kv orders read', 'kv orders write'] },
    })
    expect(await served()).toBe('wider')
    const { body } = await ask('/-/approvals')
    expect(body).toMatchObject({
      approvals: [{ agent: 'shop', component: allowed.body['component'] }, { agent: 'extra' }],
    })
    // Fewer powers need no approval.
    expect((await ask('/-/agents/shop/rollback', { method: 'POST' })).status).toBe(200)
    expect(await served()).toBe('first')
  })

  it('changes nothing, approvals included, when a version does not load', async () => {
    const before = await ask('/-/approvals')
    const broken = { ...second, component: second.component.slice(0, 1000) }
    expect((await deploy(broken)).status).toBe(400)
    const stolen = { ...second, manifest: { ...second.manifest, name: 'thief', route: '/shop/*' } }
    expect((await deploy(stolen)).status).toBe(400)
    expect(await served()).toBe('first')
    expect((await ask('/-/approvals')).body).toEqual(before.body)
  })

  it('says what is wrong with what it was sent', async () => {
    const send = async (body: FormData | string): Promise<string> => {
      const answer = await ask('/-/agents', { method: 'POST', body })
      return `${answer.status} ${answer.body['error']}`
    }
    expect(await send('not a form')).toMatch(/^400 Cannot deploy: the body is not a form/)
    expect(await send(form(first.manifest))).toMatch(/^400 .* no file "component"/)
    expect(
      await send(form('{ "name": "a", "source": "a.ts", "nmae": 1 }', first.component)),
    ).toMatch(/^400 .*nmae/s)
    expect(await send(form('{ // half', first.component))).toMatch(/^400 .*agent\.json/s)
    const large = form(first.manifest, new Uint8Array(65 * 1024 * 1024))
    expect(await send(large)).toBe('413 request body too large')
  })

  it('refuses all requests without the token, on either port', async () => {
    for (const base of [server.controlUrl, server.url]) {
      for (const token of [undefined, 'of-another-host']) {
        expect((await deploy(second, '', { base, token })).status).toBe(401)
        expect((await ask('/-/metrics', { base, token })).status).toBe(401)
      }
      expect((await ask('/-/health', { base, token: undefined })).status).toBe(200)
    }
    expect(await served()).toBe('first')
    expect((await deploy(second, '', { base: server.url })).status).toBe(200)
    await ask('/-/agents/shop/rollback', { method: 'POST' })
  })

  it('leaves a record of each', async () => {
    await ask('/-/agents/shop/disable', { method: 'POST' })
    await ask('/-/agents/shop/enable', { method: 'POST' })
    const recorded = async (): Promise<Set<string>> => {
      const records = await Array.fromAsync(auditRecords(join(directory, 'data', 'audit')))
      const deploys = records.filter(
        ({ kind, caller }) => kind === 'deploy' && caller === 'control',
      )
      return new Set(deploys.map(({ action, outcome }) => `${action} ${outcome}`))
    }
    const ends = new Set(['deploy completed', 'deploy refused', 'rollback completed'])
    await vi.waitFor(async () => expect(await recorded()).toEqual(ends), { timeout: 10_000 })
  })
})

describe('the control port', () => {
  it('answers while the only worker computes', async () => {
    const spinning = fetch(`${server.url}/shop/spin`).catch(() => undefined)
    const begun = async (): Promise<void> =>
      expect((await ask('/-/agents')).body).toMatchObject({
        agents: [{ name: 'shop', active: 1 }, {}],
      })
    await vi.waitFor(begun, { timeout: 8_000 })
    const startedAt = performance.now()
    expect((await ask('/-/health')).body).toMatchObject({ status: 'ok' })
    // Until it has begun there is nothing to stop.
    await vi.waitFor(
      async () => {
        const killed = await ask('/-/agents/shop/kill', { method: 'POST' })
        expect(killed.body).toMatchObject({ stopped: 1, silent: 0 })
      },
      { timeout: 8_000 },
    )
    // Far from the deadline, which would have ended it as well.
    expect(performance.now() - startedAt).toBeLessThan(10_000)
    expect((await spinning)?.status).toBe(503)
  })

  it('gives metrics as Prometheus reads them, and heads of the audit log', async () => {
    await served()
    const headers = { authorization: `Bearer ${TOKEN}` }
    const response = await fetch(`${server.controlUrl}/-/metrics`, { headers })
    expect(response.headers.get('content-type')).toContain('text/plain; version=0.0.4')
    const text = await response.text()
    const lines = text.trimEnd().split('\n')
    expect(
      lines.filter(
        (line) => !/^(# (HELP|TYPE) \w+ .+|\w+(\{agent="[\w-]+"\})? [\d.e+-]+)$/.test(line),
      ),
    ).toEqual([])
    expect(text).toMatch(/^mayfly_agent_invocations_total\{agent="shop"\} [1-9]\d*$/m)
    expect(text).toContain('mayfly_workers_ready 1\n')
    const { body } = await ask('/-/audit')
    const [head] = body['heads'] as { file: string; sequence: number; hash: string }[]
    const log = readFileSync(join(directory, 'data', 'audit', head?.file ?? ''), 'latin1')
    expect(log).toContain(`head ${head?.sequence} ${head?.hash} `)
  })

  it('is not opened to strangers without a token', async () => {
    const starting = startServer({
      agents: [first],
      port: 0,
      controlPort: 0,
      controlHost: '0.0.0.0',
      logLevel: 'silent',
    })
    await expect(starting).rejects.toMatchObject({
      code: 'ERR_USAGE',
      message: expect.stringContaining('no token is set'),
    })
  })

  it('is what mayfly control talks to with --url', async () => {
    const url = ['--url', server.controlUrl ?? '']
    const env = { MAYFLY_TOKEN: TOKEN }
    /** Built already: only the way to the host is tested. */
    const prebuilt = (version: string, capabilities: object): string => {
      const folder = writeFiles(join(directory, `prebuilt-${version}`), {
        'agent.json': {
          name: 'shop',
          component: 'shop.wasm',
          capabilities,
          limits: first.manifest.limits,
        },
      })
      writeFileSync(join(folder, 'shop.wasm'), second.component)
      return join(folder, 'shop.wasm')
    }
    const same = prebuilt('same', {})
    const deployed = await mayfly(['control', 'deploy', same, ...url], { env })
    expect([deployed.code, deployed.stderr]).toEqual([0, ''])
    expect(await served()).toBe('second')
    const wider = prebuilt('wider', { kv: { orders: { access: 'write' } } })
    const data = ['--data', join(directory, 'data')]
    const refused = await mayfly(['control', 'deploy', wider, ...data])
    expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining('kv orders write')])
    const back = await mayfly(['control', 'rollback', 'shop', ...url], { env })
    expect(back.code).toBe(0)
    expect(await served()).toBe('first')
    const stranger = await mayfly(['control', 'agents', ...url])
    expect([stranger.code, stranger.stderr]).toEqual([1, expect.stringContaining('token required')])
  }, 240_000)
})

describe('a host that starts again', () => {
  const start = (agents: readonly AgentBundle[]): Promise<MayflyServer> =>
    startServer({
      agents,
      port: 0,
      workers: 1,
      controlPort: 0,
      controlToken: TOKEN,
      dataDirectory: join(directory, 'again'),
      logLevel: 'silent',
    })

  /** Starts with `agents`, does `work`, and ends. */
  async function during(agents: readonly AgentBundle[], work: () => Promise<void>): Promise<void> {
    const before = server
    server = await start(agents)
    try {
      await work()
    } finally {
      await server.close()
      server = before
    }
  }

  it('serves what was deployed, until what it is started with changes', async () => {
    const extra = await build('extra', 'new')
    await during([first], async () => {
      expect((await deploy(second)).status).toBe(200)
      expect((await deploy(extra)).status).toBe(201)
    })
    await during([first], async () => {
      expect([await served(), await served('extra')]).toEqual(['second', 'new'])
      expect((await ask('/-/agents/shop')).body).toMatchObject({ earlier: 1 })
    })
    const third = await build('shop', 'third')
    await during([third], async () => expect(await served()).toBe('third'))
    await during([first], async () => expect(await served()).toBe('first'))
  }, 240_000)

  it('does not come back to what was rolled back', async () => {
    await during([first], async () => {
      await deploy(second)
      await ask('/-/agents/shop/rollback', { method: 'POST' })
    })
    await during([first], async () => expect(await served()).toBe('first'))
  }, 240_000)

  it('does not serve a version whose file was changed', async () => {
    await during([first], async () => void (await deploy(second)))
    const folder = join(directory, 'again', 'deployed')
    const [file = ''] = readdirSync(folder).filter((name) => /^shop\..*\.wasm$/.test(name))
    const bytes = readFileSync(join(folder, file))
    bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1
    writeFileSync(join(folder, file), bytes)
    await expect(start([first])).rejects.toThrow('Cannot read deployed agent')
  }, 240_000)
})
