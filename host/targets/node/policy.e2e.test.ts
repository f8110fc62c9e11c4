/** A host with a policy: what it serves and refuses, at its start and later, and with what limits. @module */

import { mkdtempSync, rmSync } from 'node:fs'
import { request as httpRequest } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parse } from '@bytecodealliance/jco'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { policyFromObject } from '../../../runtime/host-policy/index.ts'
import { manifestFromObject } from '../../../runtime/manifest/index.ts'
import { auditRecords } from '../../drivers/audit-file/index.ts'
import { revisionOf, startServer, type AgentBundle, type MayflyServer } from './index.ts'
import { component, LOOP, REFUSED, TALLY } from './testing/components.ts'

const TOKEN = 'of-the-operator'
const POLICY = policyFromObject({
  limits: { deadlineMs: 20_000, concurrency: 9 },
  quotas: { kv: { maxKeys: 3 } },
  networks: ['public'],
  tenants: {
    'team-a': { agents: ['a-*'], limits: { deadlineMs: 15_000 }, concurrency: 2 },
    'team-b': { agents: ['b-*'], routes: ['/b/*'], quotas: { kv: { maxBytes: 1 } } },
  },
})

const KV = { kv: { notes: { access: 'write' } } }

const directory = mkdtempSync(join(tmpdir(), 'mayfly-policy-'))
let server: MayflyServer
let plain: Uint8Array<ArrayBuffer>
let tally: Uint8Array<ArrayBuffer>

function bundle(fields: object, code: Uint8Array<ArrayBuffer> = plain): AgentBundle {
  const manifest = manifestFromObject(fields)
  return { manifest, component: code, revision: revisionOf(manifest, code) }
}

function start(agents: readonly AgentBundle[]): Promise<MayflyServer> {
  return startServer({
    agents,
    port: 0,
    workers: 1,
    controlPort: 0,
    controlToken: TOKEN,
    dataDirectory: directory,
    logLevel: 'silent',
    policy: POLICY,
  })
}

beforeAll(async () => {
  plain = new Uint8Array(await component({}))
  tally = new Uint8Array(await parse(TALLY))
  server = await start([
    bundle({ name: 'a-plain' }),
    bundle({ name: 'a-greedy', limits: { deadlineMs: 16_000, concurrency: 10 } }),
    bundle({ name: 'b-elsewhere' }),
    bundle({ name: 'stranger' }),
    bundle({ name: 'b-plain', route: '/b/plain/*', limits: { deadlineMs: 20_000 } }),
    bundle({ name: 'a-tally', capabilities: KV }, tally),
    bundle({ name: 'b-tally', route: '/b/*', capabilities: KV }, tally),
  ])
}, 60_000)

afterAll(async () => {
  await server?.close()
  rmSync(directory, { recursive: true, force: true })
})

interface Answer {
  readonly status: number
  readonly text: string
}

/** Not with `fetch`, which says that it is a browser. */
async function ask(
  path: string,
  body?: FormData | string,
  base = server.controlUrl ?? '',
): Promise<Answer> {
  const written = new Response(body ?? null)
  const type = written.headers.get('content-type')
  const bytes = Buffer.from(await written.arrayBuffer())
  return new Promise((resolve, reject) => {
    const sent = httpRequest(base + path, {
      method: body === undefined ? 'GET' : 'POST',
      headers: {
        authorization: `Bearer ${TOKEN}`,
        ...(type === null ? {} : { 'content-type': type }),
      },
      agent: false,
    })
    sent.on('response', async (response) => {
      const text = Buffer.concat(await Array.fromAsync(response)).toString()
      resolve({ status: response.statusCode ?? 0, text })
    })
    sent.on('error', reject)
    sent.end(bytes)
  })
}

function deploy(
  { manifest, component: code }: AgentBundle,
  query: '' | '?allowNewCapabilities' = '',
): Promise<Answer> {
  const form = new FormData()
  form.set('manifest', JSON.stringify(manifest))
  form.set('component', new Blob([code]), 'agent.wasm')
  return ask(`/-/agents${query}`, form)
}

const call = async (agent: string, n: number): Promise<unknown> =>
  JSON.parse((await ask(`/-/functions/${agent}/run`, `[${n}]`, server.url)).text)

describe('a host with a policy', () => {
  it('leaves out agents that ask for more at its start, and serves the others', () => {
    expect(server.agents.map(({ manifest }) => manifest.name)).toEqual([
      'a-plain',
      'b-plain',
      'a-tally',
      'b-tally',
    ])
    expect(server.refused.map(({ name, error }) => [name, error.code, error.message])).toEqual([
      [
        'a-greedy',
        'ERR_POLICY_DENIED',
        `Cannot serve agent "a-greedy": the policy of the host refuses it
  limits.deadlineMs 16000: the host allows 15000 (tenant "team-a")
  limits.concurrency 10: the host allows 9`,
      ],
      [
        'b-elsewhere',
        'ERR_POLICY_DENIED',
        `Cannot serve agent "b-elsewhere": the policy of the host refuses it
  route "/b-elsewhere/*": the host allows "/b/*" (tenant "team-b")`,
      ],
      [
        'stranger',
        'ERR_POLICY_DENIED',
        `Cannot serve agent "stranger": the policy of the host refuses it
  name "stranger": the host allows agents of its tenants, "a-*", "b-*"`,
      ],
    ])
  })

  it('serves with lowered defaults in place of those above their ceilings', () => {
    const of = (name: string) =>
      server.agents.find(({ manifest }) => manifest.name === name)?.manifest
    expect(of('a-plain')?.limits).toMatchObject({ deadlineMs: 10_000, concurrency: 9 })
    expect(of('b-plain')?.limits).toMatchObject({ deadlineMs: 20_000, concurrency: 9 })
    expect(of('a-tally')?.capabilities.kv?.['notes']).toMatchObject({ maxKeys: 3 })
  })

  it('refuses a deploy of more, and the version before is served', async () => {
    const more = bundle({ name: 'a-plain', limits: { deadlineMs: 15_001 } })
    const { status, text } = await deploy(more)
    expect([status, JSON.parse(text).error]).toEqual([
      403,
      `Cannot serve agent "a-plain": the policy of the host refuses it
  limits.deadlineMs 15001: the host allows 15000 (tenant "team-a"). Change agent.json, or have the operator change tenants.team-a.limits.deadlineMs in the policy file`,
    ])
    expect(
      server.agents.find(({ manifest }) => manifest.name === 'a-plain')?.manifest,
    ).toMatchObject({
      limits: { deadlineMs: 10_000 },
    })
    const as = { name: 'a-plain', limits: { deadlineMs: 15_000 } }
    // Within the policy, and more than the version before has.
    expect((await deploy(bundle(as))).status).toBe(409)
    expect((await deploy(bundle(as), '?allowNewCapabilities')).status).toBe(200)
    expect((await deploy(bundle({ name: 'c-new' }))).status).toBe(403)
    const known = await ask('/-/agents')
    expect(JSON.parse(known.text).agents).toMatchObject([
      { name: 'a-plain', tenant: 'team-a', limits: { deadlineMs: 15_000, concurrency: 9 } },
      { name: 'b-plain', tenant: 'team-b' },
      { name: 'a-tally', tenant: 'team-a' },
      { name: 'b-tally', tenant: 'team-b' },
    ])
    const refusals = async (): Promise<unknown[]> => {
      const records = await Array.fromAsync(auditRecords(join(directory, 'audit')))
      const refused = records.filter(({ reason }) => reason === 'ERR_POLICY_DENIED')
      return refused.map(({ kind, agent }) => [kind, agent])
    }
    // Records are written a little later.
    await expect.poll(refusals, { timeout: 10_000 }).toEqual(
      expect.arrayContaining([
        ['approval', 'a-greedy'],
        ['approval', 'a-plain'],
        ['deploy', 'a-plain'],
        ['deploy', 'c-new'],
      ]),
    )
  })

  it('holds a store to its lowered quota', async () => {
    expect(await call('a-tally', 5)).toBe(5)
    expect(await call('b-tally', 5)).toBe(REFUSED)
  })

  it('knows what the operator took from what it lowered itself', async () => {
    const capabilities = { kv: { ...KV.kv, seen: { access: 'write' } } }
    const next = (n: number): AgentBundle =>
      bundle({ name: 'a-two', capabilities }, new Uint8Array([...tally, 0, 3, 2, 0x76, n]))
    expect((await deploy(next(1))).status).toBe(201)
    const revoked = await ask('/-/agents/a-two/grants', JSON.stringify({ revoke: ['kv.seen'] }))
    expect(revoked.status).toBe(200)
    const { status, text } = await deploy(next(2))
    expect([status, JSON.parse(text)]).toMatchObject([200, { gained: [], revoked: ['kv.seen'] }])
  })

  it('answers what it would refuse, and deploys nothing', async () => {
    const check = async (fields: object) =>
      JSON.parse((await ask('/-/policy/check', JSON.stringify(fields))).text)
    expect(await check({ name: 'b-new', route: '/b/new' })).toMatchObject({
      ...{ agent: 'b-new', hasPolicy: true, tenant: 'team-b', refused: [] },
      lowered: [{ place: 'limits.concurrency', value: 256, rule: 'limits.concurrency' }],
    })
    expect(await check({ name: 'b-new', limits: { concurrency: 10 } })).toMatchObject({
      refused: [
        { place: 'limits.concurrency', value: 10, rule: 'limits.concurrency' },
        { place: 'route', tenant: 'team-b', rule: 'tenants.team-b.routes' },
      ],
    })
    expect((await ask('/-/policy/check', '{ "name": 3 }')).status).toBe(400)
    const withComments = '{ /* as people write it */ "name": "b-new", "source": "agent.ts", }'
    expect((await ask('/-/policy/check', withComments)).status).toBe(200)
    expect(server.agents.map(({ manifest }) => manifest.name)).not.toContain('b-new')
  })

  it('bounds what all agents of a tenant run at once, and shows it', async () => {
    // Fuel enough for as long as the test takes.
    const busy = bundle(
      { name: 'a-busy' },
      new Uint8Array(await component({ run: `${LOOP} unreachable` })),
    )
    expect((await deploy(busy)).status).toBe(201)
    const running = Array.from({ length: 3 }, () =>
      ask('/-/functions/a-busy/run', '[1]', server.url),
    )
    const metric = async (name: string): Promise<string | undefined> =>
      new RegExp(`^mayfly_agent_${name}\\{agent="a-busy",tenant="team-a"\\} (\\d+)$`, 'm').exec(
        (await ask('/-/metrics')).text,
      )?.[1]
    await expect.poll(() => metric('tenant_queued'), { timeout: 10_000 }).toBe('1')
    expect(await metric('running')).toBe('2')
    expect((await ask('/-/agents/a-busy/kill', '')).status).toBe(200)
    await Promise.all(running)
    expect(await metric('tenant_queued')).toBe('0')
  })
})
