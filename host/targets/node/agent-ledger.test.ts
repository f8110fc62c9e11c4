import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { manifestFromObject } from '../../../runtime/manifest/index.ts'
import { AgentLedger } from './agent-ledger.ts'

let directory = ''

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'mayfly-ledger-'))
})

afterEach(() => {
  rmSync(directory, { recursive: true, force: true })
})

function version(stores: readonly string[], bytes: readonly number[] = [1]) {
  const kv = Object.fromEntries(stores.map((name) => [name, { access: 'read' }]))
  const manifest = manifestFromObject({ name: 'shop', capabilities: { kv } })
  return { manifest, component: new Uint8Array(bytes), imports: [] }
}

describe('AgentLedger.approve()', () => {
  it('approves the first version, and every one that gains nothing', async () => {
    const ledger = new AgentLedger(directory)
    expect((await ledger.approve(version(['a', 'b']), false)).diff).toBeUndefined()
    const fewer = await ledger.approve(version(['a'], [2]), false)
    expect(fewer.diff).toEqual({ gained: [], lost: ['kv b read'] })
  })

  it('approves what gains only when told to, and that version from then on', async () => {
    const ledger = new AgentLedger(directory)
    await ledger.approve(version(['a']), false)
    await expect(ledger.approve(version(['a', 'b']), false)).rejects.toMatchObject({
      code: 'ERR_CAPABILITY_DENIED',
      message: expect.stringContaining('+ kv b read'),
      hint: expect.stringContaining('--allow-new-capabilities'),
    })
    await ledger.approve(version(['a', 'b']), true)
    const next = new AgentLedger(directory)
    expect((await next.approve(version(['a', 'b']), false)).diff).toBeUndefined()
    // What was given up once has to be approved again.
    await next.approve(version(['a']), false)
    await expect(next.approve(version(['a', 'b']), false)).rejects.toThrow('gains')
  })

  it('forgets what was narrowed when another version comes, not that the agent is disabled', async () => {
    const ledger = new AgentLedger(directory)
    const first = version(['a'])
    await ledger.approve(first, false)
    ledger.attenuate('shop', { ...first.manifest.capabilities, kv: {} })
    ledger.disable('shop', true)
    const next = new AgentLedger(directory)
    await next.approve(first, false)
    expect(next.narrowed('shop')).toMatchObject({ kv: {} })
    await next.approve(version(['a'], [2]), false)
    expect([next.narrowed('shop'), next.isDisabled('shop')]).toEqual([undefined, true])
  })

  it('knows no agent of the name of a property', async () => {
    const ledger = new AgentLedger(undefined)
    expect([ledger.isDisabled('constructor'), ledger.narrowed('__proto__')]).toEqual([
      false,
      undefined,
    ])
  })
})

describe('AgentLedger', () => {
  it('is for its user only, and refuses a file it did not write', async () => {
    const file = join(directory, 'agents.json')
    await new AgentLedger(directory).approve(version(['a']), false)
    expect(statSync(file).mode & 0o077).toBe(0)
    const text = readFileSync(file, 'utf8')
    for (const broken of [text.slice(0, 40), '[]', '{"version":2,"agents":{}}', 'null']) {
      writeFileSync(file, broken)
      expect(() => new AgentLedger(directory)).toThrow('Cannot read approvals')
    }
  })
})
