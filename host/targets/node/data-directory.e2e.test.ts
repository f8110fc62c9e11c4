/** A host starts over the data directory of an older one, and takes its content over. @module */

import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { publicKeyOf, verifyAudit } from '../../drivers/audit-file/index.ts'
import { auditDirectory, controlSocket, startServer, type MayflyServer } from './index.ts'
import { ask, deploy, REFUSED, run } from './testing/components.ts'

const OLDER = new URL('testing/data-directory', import.meta.url).pathname

let data = ''

beforeEach(() => {
  data = mkdtempSync(join(tmpdir(), 'mayfly-older-'))
  cpSync(OLDER, data, { recursive: true })
  // A checkout is open to other users.
  chmodSync(data, 0o700)
})

afterEach(() => rmSync(data, { recursive: true, force: true }))

function start(): Promise<MayflyServer> {
  const options = { agents: [], port: 0, workers: 1, dataDirectory: data } as const
  return startServer({ ...options, logLevel: 'silent' })
}

describe('startServer() over the data directory of an older host', () => {
  it('has its agents, approvals, leases, stores and what was taken away', async () => {
    const server = await start()
    const socketPath = controlSocket(data) ?? ''
    const control = (path: string, method = 'GET') =>
      ask(`${server.url}/-/${path}`, { method, socketPath })
    try {
      expect(server.refused).toEqual([])
      expect(server.agents.map(({ manifest }) => manifest.name)).toEqual(['resting', 'tally'])
      expect((await control('approvals')).body).toMatchObject({
        approvals: [
          {
            agent: 'tally',
            approvedAt: '2026-11-29T13:13:55.492Z',
            narrowed: true,
            taken: [{ grant: 'kv.seen', at: '2026-11-29T13:13:55.615Z' }],
          },
          { agent: 'resting', approvedAt: '2026-11-29T13:13:55.544Z', disabled: true },
        ],
      })
      const seen = server.agents[1]?.manifest.capabilities.kv?.['seen']
      expect(seen?.expires).toBe('2026-11-29T13:13:55.615Z')
      expect((await run(server, 'resting')).status).toBe(503)
      await control('agents/resting/enable', 'POST')
      expect((await run(server, 'resting')).body).toBe(1)
      // Of three uses the older host gave one, which left 5 in the store.
      const sums = [await run(server, 'tally'), await run(server, 'tally')].map(({ body }) => body)
      expect([...sums, (await run(server, 'tally')).body]).toEqual([6, 7, REFUSED])
    } finally {
      await server.close()
    }
  })

  it('keeps what was taken away over another version, until it is given back', async () => {
    const server = await start()
    const socketPath = controlSocket(data) ?? ''
    try {
      const tally = server.agents.find(({ manifest }) => manifest.name === 'tally')
      if (tally === undefined) return expect.unreachable()
      const { kv } = tally.manifest.capabilities
      const manifest = {
        ...tally.manifest,
        capabilities: { ...tally.manifest.capabilities, kv: { ...kv, seen: { access: 'write' } } },
      } as const
      // A custom section: another component, which does the same.
      const component = new Uint8Array([...tally.component, 0, 3, 2, 0x76, 1])
      const { body } = await deploy(server, { ...tally, manifest, component }, socketPath)
      expect(body).toMatchObject({ gained: [], revoked: ['kv.seen'], renewed: [] })
      const restore = JSON.stringify({ restore: ['kv.seen'] })
      const path = `${server.url}/-/agents/tally/grants`
      const back = await ask(path, { method: 'POST', socketPath, body: restore })
      expect(back.body).toMatchObject({
        restored: ['kv.seen'],
        gained: ['kv seen read', 'kv seen write'],
      })
    } finally {
      await server.close()
    }
  })

  it('rolls back to a version of the older host, also after a restart', async () => {
    let server = await start()
    const socketPath = controlSocket(data) ?? ''
    const shown = async (): Promise<unknown> =>
      (await ask(`${server.url}/-/agents/tally/versions`, { socketPath })).body
    try {
      const [, tally] = server.agents
      if (tally === undefined) return expect.unreachable()
      expect(await shown()).toMatchObject({ versions: [{ state: 'served', by: 'start' }] })
      const component = new Uint8Array([...tally.component, 0, 3, 2, 0x76, 1])
      expect((await deploy(server, { ...tally, component }, socketPath)).status).toBe(200)
      await server.close()
      server = await start()
      expect(await shown()).toMatchObject({ versions: [{ state: 'served' }, { state: 'earlier' }] })
      const path = `${server.url}/-/agents/tally/rollback`
      expect((await ask(path, { method: 'POST', socketPath })).status).toBe(200)
      expect(server.agents[1]?.component).toEqual(tally.component)
    } finally {
      await server.close()
    }
  })

  it('goes on in its audit log, which stays genuine', async () => {
    const directory = auditDirectory(data)
    const key = publicKeyOf(directory)
    const before = await verifyAudit(directory, key)
    await (await start()).close()
    const after = await verifyAudit(directory, key)
    expect([before.problems, after.problems]).toEqual([[], []])
    expect(after.files.length).toBe(before.files.length + 2)
  })
})

describe('startServer() over the data directory of a newer host', () => {
  it.each([
    ['agents.json', 'approvals', 2],
    ['deployed/tally.json', 'deployed agent', 1],
    ['versions/tally.json', 'versions', 1],
    ['audit.json', 'mark of the audit log', 1],
  ])('does not start, says what to do about %s, and writes nothing', async (name, what, known) => {
    const file = join(data, name)
    const newer = `"version": ${known + 1}`
    const text = existsSync(file) ? readFileSync(file, 'utf8') : '{"version":1}'
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, text.replace(/"version": ?1/, newer))
    const before = readdirSync(data, { recursive: true })
    await expect(start()).rejects.toMatchObject({
      code: 'ERR_HOST_UNAVAILABLE',
      message: `Cannot read ${what} "${file}": it is of version ${known + 1}, this host knows version ${known}`,
      hint: 'A newer host wrote it: start that one, or give this one another directory with --data',
    })
    expect(readdirSync(data, { recursive: true })).toEqual(before)
  })

  it('refuses the agent whose store is newer, and serves the others', async () => {
    const file = join(data, 'tally.kv.sqlite')
    const database = new DatabaseSync(file)
    database.exec('PRAGMA user_version = 2')
    database.close()
    const server = await start()
    try {
      expect(server.agents.map(({ manifest }) => manifest.name)).toEqual(['resting'])
      expect(server.refused).toMatchObject([
        {
          name: 'tally',
          error: {
            message: `Cannot open key-value file "${file}": it is of version 2, this host knows version 1`,
          },
        },
      ])
    } finally {
      await server.close()
    }
  })
})
