/** A host on a full disk, and later with room again: its answers, its state and its records. @module */

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { buildAgent } from '../../toolchain/index.ts'
import { writeFiles } from '../../cli/testing/mayfly-process.ts'
import { auditRecords, verifyAudit } from '../../drivers/audit-file/index.ts'
import { hasSmallDisks, smallDisk } from '../../drivers/testing/small-disk.ts'
import { startServer, type AgentBundle, type AuditMode, type MayflyServer } from './index.ts'

const possible = hasSmallDisks()
if (!possible) console.warn('A host on a full disk is not tested: no file system can be mounted')

const SOURCE = `
  export default {
    async fetch(request, env) {
      try {
        await env.kv.open('notes').set(new URL(request.url).pathname, 'x'.repeat(200_000))
        return new Response('stored')
      } catch (error) {
        return new Response(error.code, { status: 507 })
      }
    },
  }
`

let directory = ''
let bundle: AgentBundle

beforeAll(async () => {
  if (!possible) return
  directory = mkdtempSync(join(tmpdir(), 'mayfly-full-'))
  const folder = writeFiles(join(directory, 'keeper'), {
    'agent.ts': SOURCE,
    'agent.json': {
      name: 'keeper',
      source: 'agent.ts',
      capabilities: { kv: { notes: { access: 'write' } } },
    },
  })
  const built = await buildAgent({ directory: folder, cacheDirectory: join(directory, 'cache') })
  bundle = {
    manifest: built.manifest,
    component: new Uint8Array(built.component),
    revision: 'keeper',
  }
}, 240_000)

afterAll(() => {
  if (directory !== '') rmSync(directory, { recursive: true, force: true })
})

async function start(dataDirectory: string, audit: AuditMode): Promise<MayflyServer> {
  const options = { agents: [bundle], port: 0, workers: 1, logLevel: 'silent' } as const
  return startServer({ ...options, dataDirectory, audit })
}

/** Request ids of the host, by request. */
const requestIds = new Map<string, string>()

async function ask({ url }: MayflyServer, id: string): Promise<string> {
  const response = await fetch(`${url}/keeper/${id}`)
  requestIds.set(id, response.headers.get('x-request-id') ?? '')
  return `${response.status} ${await response.text()}`
}

describe.runIf(possible)('a host on a full disk', () => {
  it('tells agents that stores are unavailable, and stores again when there is room', async () => {
    using disk = smallDisk(24)
    const server = await start(disk.directory, 'on')
    expect(await ask(server, 'first')).toBe('200 stored')
    disk.fill()
    expect(await ask(server, 'full')).toBe('507 unavailable')
    disk.free()
    expect(await ask(server, 'after')).toBe('200 stored')
    await server.close()
    expect((await verifyAudit(join(disk.directory, 'audit'))).problems).toEqual([])
  })

  it('refuses requests while a required log cannot be written, and lets none go unrecorded', async () => {
    using disk = smallDisk(24)
    const server = await start(disk.directory, 'required')
    expect(await ask(server, 'first')).toBe('200 stored')
    disk.fill()
    const answered: string[] = []
    await vi.waitFor(
      async () => {
        const id = `full-${answered.length}`
        answered.push(id)
        expect(await ask(server, id)).toMatch(/^503 /)
      },
      { timeout: 20_000, interval: 5 },
    )
    expect(await ask(server, 'refused')).toMatch(/^503 /)
    disk.free()
    await vi.waitFor(async () => expect(await ask(server, 'after')).toBe('200 stored'), {
      timeout: 20_000,
      interval: 20,
    })
    await server.close()
    const audit = join(disk.directory, 'audit')
    expect((await verifyAudit(audit)).problems).toEqual([])
    const records = await Array.fromAsync(auditRecords(audit))
    const known = new Set(records.map(({ invocation }) => invocation))
    // The last of them was refused.
    for (const id of ['first', ...answered.slice(0, -1), 'after'])
      expect(known).toContain(requestIds.get(id))
    expect(records.filter(({ kind }) => kind === 'gap')).toEqual([])
  }, 60_000)
})
