/** What an operator takes stays away, and leases are not renewed, whatever version comes: a real host with two workers. */

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parse } from '@bytecodealliance/jco'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { manifestFromObject } from '../../../runtime/manifest/index.ts'
import { auditRecords, verifyAudit } from '../../drivers/audit-file/index.ts'
import {
  auditDirectory,
  controlSocket,
  revisionOf,
  startServer,
  type AgentBundle,
  type MayflyServer,
  type ServerOptions,
} from './index.ts'
import { ask, REFUSED, run, TALLY, type Answer } from './testing/components.ts'

const NOTES = { notes: { access: 'write' } }
const REVOKE = { revoke: ['kv.notes'] }
const NARROW = { narrow: { 'kv.notes': { access: 'read' } } }
const RESTORE = { restore: ['kv.notes'] }

let data = ''
let server: MayflyServer
let tally: Uint8Array<ArrayBuffer>
let agents = 0

beforeAll(async () => {
  data = mkdtempSync(join(tmpdir(), 'mayfly-grants-'))
  tally = new Uint8Array(await parse(TALLY))
  server = await start()
})

afterAll(async () => {
  await server?.close()
  rmSync(data, { recursive: true, force: true })
})

function start(options: Partial<ServerOptions> = {}): Promise<MayflyServer> {
  return startServer({
    ...{ agents: [], port: 0, workers: 2, dataDirectory: data, logLevel: 'silent' },
    ...options,
  })
}

async function restart(options?: Partial<ServerOptions>): Promise<void> {
  await server.close()
  server = await start(options)
}

/** @param n - versions that differ in it have other bytes, and do the same */
function version(name: string, n: number, fields: object = {}): AgentBundle {
  const custom = [0, 3, 2, 0x76, n]
  const component = new Uint8Array([...tally, ...custom])
  const capabilities = {
    kv: NOTES,
    ...('capabilities' in fields ? (fields.capabilities as object) : {}),
  }
  const manifest = manifestFromObject({ name, component: 'agent.wasm', ...fields, capabilities })
  return { manifest, component, revision: revisionOf(manifest, component) }
}

function control(path: string, body?: FormData | object, method = 'POST'): Promise<Answer> {
  const text = body === undefined || body instanceof FormData ? body : JSON.stringify(body)
  const socketPath = controlSocket(data) ?? ''
  return ask(`${server.url}/-/${path}`, {
    method,
    socketPath,
    ...(text === undefined ? {} : { body: text }),
  })
}

function deploy({ manifest, component }: AgentBundle, query = ''): Promise<Answer> {
  const form = new FormData()
  form.set('manifest', JSON.stringify(manifest))
  form.set('component', new Blob([component]), 'agent.wasm')
  return control(`agents${query}`, form)
}

const ALLOW = '?allowNewCapabilities=true'

/** The answers of several calls, each on a connection of its own, so that both workers answer some. */
async function answers(name: string, times = 6): Promise<'given' | 'refused' | 'both'> {
  const all = await Promise.all(Array.from({ length: times }, () => run(server, name)))
  const refused = all.filter(({ body }) => body === REFUSED).length
  return refused === 0 ? 'given' : refused === times ? 'refused' : 'both'
}

/** A new agent, of two versions, of which the second is served. */
async function served(): Promise<string> {
  const name = `agent-${++agents}`
  for (const n of [1, 2]) expect((await deploy(version(name, n))).status).toBeLessThan(300)
  expect(await answers(name)).toBe('given')
  return name
}

const NEXT: [string, (name: string) => Promise<unknown>][] = [
  ['a deploy of the same bytes', (name) => deploy(version(name, 2))],
  ['a deploy of other bytes', (name) => deploy(version(name, 3))],
  ['a deploy that allows new capabilities', (name) => deploy(version(name, 4), ALLOW)],
  ['a rollback', (name) => control(`agents/${name}/rollback`)],
  ['a restart', () => restart()],
  ['a restart with other bytes', (name) => restart({ agents: [version(name, 5)] })],
]

describe.each([
  ['revoked', REVOKE],
  ['narrowed', NARROW],
])('a grant that was %s', (list, request) => {
  it.each(NEXT)(
    'stays so after %s, until it is given back',
    async (_, next) => {
      const name = await served()
      expect((await control(`agents/${name}/grants`, request)).status).toBe(200)
      expect(await answers(name)).toBe('refused')
      const answer = await next(name)
      if (answer !== undefined)
        expect(answer).toMatchObject({
          status: 200,
          body: { gained: [], revoked: [], narrowed: [], [list]: ['kv.notes'] },
        })
      expect(await answers(name)).toBe('refused')
      const { status, body } = await control(`agents/${name}/grants`, RESTORE)
      expect([status, body]).toMatchObject([200, { restored: ['kv.notes'], revoked: [] }])
      expect(await answers(name)).toBe('given')
      await deploy(version(name, 9))
      expect(await answers(name)).toBe('given')
    },
    60_000,
  )
})

describe('POST /-/agents/:name/grants with restore', () => {
  it('gives back one grant or all, and says which powers those are', async () => {
    const name = await served()
    const seen = { capabilities: { kv: { ...NOTES, seen: { access: 'read' } } } }
    await deploy(version(name, 3, seen), ALLOW)
    await control(`agents/${name}/grants`, { revoke: ['kv.notes', 'kv.seen'] })
    expect((await control(`agents/${name}/grants`, { restore: ['kv.seen'] })).body).toMatchObject({
      ...{ restored: ['kv.seen'], gained: ['kv seen read'], revoked: ['kv.notes'] },
    })
    expect(await answers(name)).toBe('refused')
    const all = await control(`agents/${name}/grants`, { restore: ['*'] })
    expect(all.body).toMatchObject({ restored: ['kv.notes'], revoked: [] })
    expect(await answers(name)).toBe('given')
    // Once more, and once more given back: the same bytes under the same grants are served again.
    await control(`agents/${name}/grants`, REVOKE)
    expect(await answers(name)).toBe('refused')
    await control(`agents/${name}/grants`, RESTORE)
    expect(await answers(name)).toBe('given')
  })

  it.each([
    [{ restore: ['kv.notes'] }, 'nothing was taken from it'],
    [{ restore: [] }, 'expected'],
    [{ restore: 'kv.notes' }, 'expected'],
    [{ restore: ['*'], revoke: ['kv.notes'] }, 'expected'],
  ])('refuses %j', async (request, reason) => {
    const name = await served()
    const { status, body } = await control(`agents/${name}/grants`, request)
    expect([status, JSON.stringify(body)]).toEqual([400, expect.stringContaining(reason)])
    expect(await answers(name)).toBe('given')
    expect((await control('agents/nothing/grants', request)).status).not.toBe(200)
  })

  it('leaves a record, and a state that the operator can look at', async () => {
    const name = await served()
    await control(`agents/${name}/grants`, REVOKE)
    const { body } = await control('approvals', undefined, 'GET')
    const taken = { grant: 'kv.notes', at: expect.any(String) }
    expect(body).toMatchObject({
      approvals: expect.arrayContaining([
        expect.objectContaining({ agent: name, narrowed: true, taken: [taken] }),
      ]),
    })
    await deploy(version(name, 3))
    await control(`agents/${name}/grants`, RESTORE)
    await restart()
    const directory = auditDirectory(data)
    expect((await verifyAudit(directory)).problems).toEqual([])
    const records = await Array.fromAsync(auditRecords(directory))
    const own = records.filter(({ agent }) => agent === name)
    expect(own).toContainEqual(
      expect.objectContaining({ kind: 'approval', reason: '+0 -0, revoked kv.notes' }),
    )
    expect(own).toContainEqual(
      expect.objectContaining({ kind: 'grants', action: 'restore', rule: 'kv.notes' }),
    )
  })
})

describe('a version that has its rules otherwise', () => {
  const A = { host: 'a.test', paths: ['/v1/*'] }
  const B = { host: 'b.test' }
  const rules = (...http: object[]): object => ({ capabilities: { http } })

  async function revoked(): Promise<string> {
    const name = await served()
    expect((await deploy(version(name, 3, rules(A, B)), ALLOW)).status).toBe(200)
    await control(`agents/${name}/grants`, { revoke: ['http[0]'] })
    return name
  }

  it('has what was revoked revoked at its new place', async () => {
    const name = await revoked()
    const moved = await deploy(version(name, 4, rules(B, A)))
    expect([moved.status, moved.body]).toMatchObject([200, { gained: [], revoked: ['http[1]'] }])
    const restored = await control(`agents/${name}/grants`, { restore: ['http[1]'] })
    expect(restored.body).toMatchObject({ restored: ['http[1]'], revoked: [] })
  })

  it('needs approval for a wider rule, which is revoked all the same', async () => {
    const name = await revoked()
    const wider = version(name, 4, rules({ host: '*.test', paths: ['/v1/*'] }, B))
    const refused = await deploy(wider)
    expect([refused.status, JSON.stringify(refused.body)]).toEqual([
      409,
      expect.stringContaining('+ http GET https://*.test/v1/*'),
    ])
    const { status, body } = await deploy(wider, ALLOW)
    expect([status, body]).toMatchObject([200, { revoked: ['http[0]'] }])
  })
})

describe('a version with higher bounds', () => {
  it.each([
    [{ limits: { memoryBytes: 134_217_728 } }, 'limits.memoryBytes 67108864 -> 134217728'],
    [{ limits: { deadlineMs: 60_000 } }, 'limits.deadlineMs 10000 -> 60000'],
    [{ limits: { metering: 'watchdog' } }, 'limits.metering watchdog'],
    [{ route: '/elsewhere/*' }, 'route /elsewhere/*'],
    [{ capabilities: { config: { KEY: { env: 'HOME' } } } }, 'config from $HOME'],
  ])('needs approval for %j, and none for the way back', async (fields, line) => {
    const name = await served()
    const refused = await deploy(version(name, 3, fields))
    expect([refused.status, JSON.stringify(refused.body)]).toEqual([
      409,
      expect.stringContaining(line),
    ])
    const higher = await deploy(version(name, 3, fields), ALLOW)
    expect([higher.status, higher.body]).toMatchObject([200, { gained: [line] }])
    const back = await deploy(version(name, 4), 'route' in fields ? ALLOW : '')
    expect(back.status).toBe(200)
  })
})

describe('a lease', () => {
  const lease = { capabilities: { kv: { notes: { access: 'write', maxUses: 2 } } } }

  async function usedUp(): Promise<string> {
    const name = `leased-${++agents}`
    await deploy(version(name, 1, lease))
    expect(await answers(name, 2)).toBe('given')
    expect(await answers(name)).toBe('refused')
    return name
  }

  it('is not renewed by other bytes, a rollback or a restart', async () => {
    const name = await usedUp()
    for (const n of [2, 3]) {
      const { body } = await deploy(version(name, n, lease))
      expect(body).toMatchObject({ gained: [], renewed: [] })
      expect(await answers(name)).toBe('refused')
    }
    await control(`agents/${name}/rollback`)
    expect(await answers(name)).toBe('refused')
    await restart()
    expect(await answers(name)).toBe('refused')
  })

  it.each([
    ['these very bytes', 1],
    ['other bytes', 2],
  ])('is renewed where new capabilities are allowed for %s', async (_, n) => {
    const name = await usedUp()
    const { body } = await deploy(version(name, n, lease), ALLOW)
    expect(body).toMatchObject({ renewed: ['kv.notes'] })
    expect(await answers(name, 2)).toBe('given')
    expect(await answers(name)).toBe('refused')
  })
})
