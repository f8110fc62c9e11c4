/** `mayfly policy what-if`, over an audit log as a host writes it. @module */

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { AuditFile, auditKey, KEY_FILE } from '../../../drivers/audit-file/index.ts'
import { verb } from './policy.ts'

const data = mkdtempSync(join(tmpdir(), 'mayfly-what-if-'))
const file = join(data, 'agent.json')

beforeAll(() => {
  const directory = join(data, 'audit')
  mkdirSync(directory, { mode: 0o700 })
  const log = new AuditFile({
    directory,
    writer: 'main',
    host: 'test',
    key: auditKey(join(directory, KEY_FILE)),
  })
  const use = (capability: string, action: string, target: string, more = {}): void =>
    log.append({
      ...{ kind: 'use', agent: 'shop', outcome: 'allowed', capability, action, target },
      ...more,
    })
  for (let count = 0; count < 3; count++) use('http', 'POST', 'api.example.com')
  use('http', 'GET', 'api.example.com')
  use('kv', 'set', 'notes')
  use('kv', 'get', 'notes')
  use('log', 'write', 'log')
  use('http', 'PUT', 'api.example.com', { outcome: 'denied' })
  use('http', 'PUT', 'api.example.com', { agent: 'other' })
  log.close()
})

afterAll(() => rmSync(data, { recursive: true }))

async function whatIf(
  capabilities: object,
  more: object = {},
): Promise<{ code: number; text: string }> {
  writeFileSync(file, JSON.stringify({ name: 'shop', source: 'agent.ts', capabilities }))
  const log = vi.spyOn(console, 'log').mockImplementation(() => {})
  try {
    const code = await verb.run({ values: { data, ...more }, positionals: ['what-if', file] })
    return { code, text: String(log.mock.calls[0]?.[0]).replaceAll(/20\S+Z/g, 'TIME') }
  } finally {
    log.mockRestore()
  }
}

const API = { host: 'api.example.com', methods: ['GET', 'POST'] }

describe('mayfly policy what-if', () => {
  it('finds nothing where the manifest allows all that was done', async () => {
    const all = { http: [API], kv: { notes: { access: 'write' } } }
    expect(await whatIf(all)).toEqual({
      code: 0,
      text: '0 of 6 uses of agent "shop" would have been denied',
    })
  })

  it('lists what would have been denied, and what cannot be told', async () => {
    const less = {
      http: [{ host: 'api.example.com', paths: ['/v1/*'] }],
      kv: { notes: { access: 'read' } },
    }
    expect(await whatIf(less)).toEqual({
      code: 1,
      text: `
4 of 6 uses of agent "shop" would have been denied
  http POST api.example.com, 3 times, last TIME: method "POST": GET, HEAD granted
  kv set notes, 1 times, last TIME: store "notes": only "read" granted

1 cannot be told:
  http GET api.example.com, 1 times, last TIME: paths are not in the log: /v1/* granted
`.trim(),
    })
  })

  it('looks only at what was done since then', async () => {
    expect(await whatIf({}, { since: '2100-01-01T00:00:00Z' })).toMatchObject({ code: 0 })
    expect((await whatIf({}, { since: '7d' })).text).toContain('6 of 6 uses')
  })

  it('prints JSON', async () => {
    const { code, text } = await whatIf({ http: [API] }, { json: true })
    expect([code, JSON.parse(text)]).toMatchObject([
      1,
      {
        agent: 'shop',
        uses: 6,
        denied: [{ action: 'set', count: 1 }, { action: 'get' }],
        unknown: [],
      },
    ])
  })

  it('refuses a folder without a log, and no agent', async () => {
    await expect(whatIf({}, { data: join(data, 'nowhere') })).rejects.toThrow(
      'Cannot read audit log',
    )
    const nothing = verb.run({ values: {}, positionals: ['what-if'] })
    await expect(nothing).rejects.toMatchObject({ code: 'ERR_USAGE' })
  })
})
