/** Versions of agents over restarts, and over hosts that are killed: real hosts over one data directory. */

import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parse } from '@bytecodealliance/jco'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { manifestFromObject } from '../../../runtime/manifest/index.ts'
import { serving, writeFiles } from '../../cli/testing/mayfly-process.ts'
import type { DeployResult, VersionList, VersionSummary } from '../../control/index.ts'
import { auditRecords } from '../../drivers/audit-file/index.ts'
import {
  auditDirectory,
  controlSocket,
  revisionOf,
  startServer,
  type AgentBundle,
  type MayflyServer,
} from './index.ts'
import { ask, deployForm, REFUSED, run, TALLY, type Answer } from './testing/components.ts'

const NOTES = { notes: { access: 'write' } }
const ORDERS = { orders: { access: 'write' } }
const ALLOW = '?allowNewCapabilities=true'
const KILLS = process.env['MAYFLY_SOAK'] === undefined ? 2 : 100

let data = ''
let server: MayflyServer
let tally: Uint8Array<ArrayBuffer>
/** The agent of this test. */
let name = ''
let tests = 0

beforeAll(async () => {
  data = mkdtempSync(join(tmpdir(), 'mayfly-versions-'))
  tally = new Uint8Array(await parse(TALLY))
  server = await host()
})

beforeEach(() => {
  name = `agent-${++tests}`
})

afterAll(async () => {
  await server.close()
  rmSync(data, { recursive: true, force: true })
})

function host(...agents: readonly AgentBundle[]): Promise<MayflyServer> {
  const options = { agents, port: 0, workers: 1, dataDirectory: data } as const
  return startServer({ ...options, logLevel: 'silent' })
}

/** Ends the host, and starts it again with `agents`. */
async function restart(...agents: readonly AgentBundle[]): Promise<void> {
  await server.close()
  server = await host(...agents)
}

/** @param n - versions that differ in it have other bytes, and do the same */
function version(n: number, kv: object = NOTES): AgentBundle {
  const component = new Uint8Array([...tally, 0, 3, 2, 0x76, n])
  const manifest = manifestFromObject({
    name,
    description: `version ${n}`,
    component: 'agent.wasm',
    capabilities: { kv },
  })
  return { manifest, component, revision: revisionOf(manifest, component) }
}

function control(path: string, body?: FormData | object | string, method = 'POST') {
  const isText = body === undefined || typeof body === 'string' || body instanceof FormData
  const text = isText ? body : JSON.stringify(body)
  const socketPath = controlSocket(data) ?? ''
  return ask(`http://localhost/-/agents${path}`, {
    method,
    socketPath,
    ...(text === undefined ? {} : { body: text }),
  })
}

async function deploy(bundle: AgentBundle, query = ''): Promise<DeployResult> {
  const { status, body } = await control(query, deployForm(bundle))
  expect([200, 201], JSON.stringify(body)).toContain(status)
  return body as DeployResult
}

async function versions(): Promise<readonly VersionSummary[]> {
  const { body } = await control(`/${name}/versions`, undefined, 'GET')
  return (body as VersionList).versions
}

/** States of the versions, the newest first. */
async function states(): Promise<string[]> {
  return (await versions()).map(({ state }) => state)
}

function rollBack(to?: string, query = ''): Promise<Answer> {
  return control(`/${name}/rollback${query}`, to === undefined ? undefined : { to })
}

const errorOf = ({ body }: Answer): string => (body as { error: string }).error

describe('versions of an agent', () => {
  it('survive restarts: listed, compared, and served again', async () => {
    await restart(version(1))
    await deploy(version(2))
    await deploy(version(3, { ...NOTES, ...ORDERS }), ALLOW)
    await restart(version(1))
    const kept = await versions()
    const revisions = [version(3, { ...NOTES, ...ORDERS }), version(2), version(1)].map(
      ({ revision }) => revision,
    )
    expect(kept.map(({ revision }) => revision)).toEqual(revisions)
    expect(kept).toMatchObject([
      { state: 'served', by: 'control', approval: 'approved', gains: [] },
      {
        state: 'earlier',
        by: 'control',
        approval: 'not-needed',
        powers: ['kv notes read', 'kv notes write'],
      },
      { state: 'earlier', by: 'start', approval: 'not-needed' },
    ])
    const [three = '', two = '', one = ''] = revisions
    const compared = await control(
      `/${name}/diff?from=${two.slice(0, 8)}&to=${three}`,
      undefined,
      'GET',
    )
    expect(compared.body).toEqual({
      agent: name,
      from: { revision: two, component: kept[1]?.component },
      to: { revision: three, component: kept[0]?.component },
      gained: ['kv orders read', 'kv orders write'],
      lost: [],
      sameComponent: false,
      sameAssets: true,
    })
    expect(await rollBack(one.slice(0, 10))).toMatchObject({
      status: 200,
      body: { component: kept[2]?.component, lost: ['kv orders read', 'kv orders write'] },
    })
    expect(await states()).toEqual(['withdrawn', 'withdrawn', 'served'])
    await restart(version(1))
    expect(await states()).toEqual(['withdrawn', 'withdrawn', 'served'])
    expect(errorOf(await rollBack())).toContain('no earlier version')
    expect((await run(server, name)).body).toBe(1)
  })

  it('go through approval once more when they are served again', async () => {
    const wide = version(1, { ...NOTES, ...ORDERS })
    await deploy(wide)
    await deploy(version(2))
    const [, earlier] = await versions()
    expect(earlier).toMatchObject({
      approval: 'needed',
      gains: ['kv orders read', 'kv orders write'],
    })
    const refused = await rollBack(wide.revision)
    expect([refused.status, errorOf(refused)]).toEqual([
      409,
      expect.stringContaining('+ kv orders write'),
    ])
    expect(await states()).toEqual(['served', 'earlier'])
    expect((await rollBack(wide.revision, ALLOW)).status).toBe(200)
    expect(await states()).toEqual(['withdrawn', 'served'])
  })

  it('do not bring back what was taken from the agent', async () => {
    await deploy(version(1))
    await deploy(version(2))
    await control(`/${name}/grants`, { revoke: ['kv.notes'] })
    await restart()
    expect((await rollBack(version(1).revision)).body).toMatchObject({ revoked: ['kv.notes'] })
    expect((await run(server, name)).body).toBe(REFUSED)
    expect((await rollBack(version(2).revision, ALLOW)).body).toMatchObject({ gained: [] })
    expect((await run(server, name)).body).toBe(REFUSED)
  })

  it('are served again where the one that the host was started with does not load', async () => {
    await restart(version(1))
    const broken = { ...version(9), component: tally.slice(0, 40), revision: 'broken' }
    await restart(broken)
    expect(server.refused).toHaveLength(1)
    expect(await states()).toEqual(['earlier'])
    expect((await rollBack()).body).toMatchObject({ agent: name, isNew: true })
    expect((await run(server, name)).body).toBe(1)
    await restart(broken)
    expect(server.refused).toHaveLength(0)
    expect((await run(server, name)).body).toBe(2)
  })

  it('are named without doubt: every other order is refused, and changes nothing', async () => {
    const same = version(1, { ...NOTES, more: { access: 'read' } })
    await deploy(version(1))
    await deploy(same, ALLOW)
    await deploy(version(2))
    const [, , first] = await versions()
    const component = first?.component ?? ''
    const doubtful = errorOf(await rollBack(component.slice(0, 20)))
    expect(doubtful).toContain('2 begin with it')
    for (const { revision } of [version(1), same]) expect(doubtful).toContain(revision.slice(0, 12))
    expect(errorOf(await rollBack('ffffffffffffffff'))).toContain(
      'none that is kept begins with it',
    )
    expect(errorOf(await rollBack(version(2).revision))).toContain('is the version it serves')
    for (const body of ['{', '[]', '{"too":"ab"}', '{"to":1}', '{"to":""}', '{"to":"ab","x":1}']) {
      const { status } = await control(`/${name}/rollback`, body)
      expect([body, status]).toEqual([body, 400])
    }
    expect((await control('/absent/rollback')).status).toBe(404)
    expect((await control('/absent/versions', undefined, 'GET')).status).toBe(404)
    expect((await control(`/${name}/diff?from=ab`, undefined, 'GET')).status).toBe(400)
    expect((await states())[0]).toBe('served')
    expect((await versions())[0]?.revision).toBe(version(2).revision)
  })

  it('are recorded with the digests that were served', async () => {
    const one = await deploy(version(1))
    await deploy(version(2))
    expect((await rollBack(version(1).revision)).status).toBe(200)
    await restart()
    const records = await Array.fromAsync(auditRecords(auditDirectory(data)))
    const { component, policy } = one
    expect(
      records.find(({ agent, action }) => agent === name && action === 'rollback'),
    ).toMatchObject({
      ...{ kind: 'deploy', agent: name, caller: 'control', outcome: 'completed' },
      ...{ component, policy },
    })
  })

  it('are refused where their bytes were changed, and the one before is served on', async () => {
    await deploy(version(1))
    await deploy(version(2))
    const folder = join(data, 'versions')
    const [, first] = await versions()
    const digits = first?.component.slice('sha256:'.length, 'sha256:'.length + 16)
    const file = join(folder, `${name}.${digits}.wasm`)
    const bytes = readFileSync(file)
    bytes[bytes.length - 1] = 0
    writeFileSync(file, bytes)
    const refused = await rollBack()
    expect([refused.status, errorOf(refused)]).toEqual([503, expect.stringContaining(file)])
    expect(await states()).toEqual(['served', 'earlier'])
    expect((await run(server, name)).body).toBe(1)
  })
})

describe('a host that is killed while it deploys and rolls back', () => {
  it(`has every version that it answered for, and no file too many (${KILLS} times)`, async () => {
    const folder = writeFiles(join(data, 'given'), {
      'agent.wasm': version(0).component,
      'agent.json': {
        ...{ name, component: 'agent.wasm', capabilities: { kv: NOTES } },
      },
    })
    const args = ['serve', folder, '--port', '0', '--workers', '1', '--data', join(data, 'own')]
    const outer = data
    data = join(outer, 'own')
    try {
      const answered = new Set<string>()
      for (let kill = 0; kill < KILLS; kill++) {
        await using process = await serving([...args, '--log-level', 'silent'])
        const known = new Set((await versions()).map(({ revision }) => revision))
        // The last ones: older versions made room for newer ones.
        for (const revision of [...answered].slice(-6)) expect(known).toContain(revision)
        const kept = (await versions()).map(({ component }) => component.slice(7, 23))
        expect(readdirSync(join(data, 'versions')).toSorted()).toEqual(
          [`${name}.json`, ...new Set(kept.map((digits) => `${name}.${digits}.wasm`))].toSorted(),
        )
        const orders = [1, 2, 3, 4].map(async (step) => {
          const next = version(kill * 4 + step)
          const { status } = await control('', deployForm(next))
          if (status < 300) answered.add(next.revision)
        })
        // One is answered, the others are under way.
        await orders[0]
        const killed = process.stop('SIGKILL')
        await Promise.allSettled(orders)
        await killed
      }
      await using process = await serving([...args, '--log-level', 'silent'])
      const [served, before] = await versions()
      expect(served?.state).toBe('served')
      expect((await rollBack(before?.revision)).status).toBe(200)
      expect((await run(process, name)).status).toBe(200)
    } finally {
      data = outer
    }
  }, 600_000)
})
