/** The list of grants, as manifest, policy and budgets see it. @module */
import { describe, expect, it } from 'vitest'
import { manifestFromObject } from '../manifest/index.ts'
import { Budget } from '../meter/index.ts'
import { capabilityDiff, leaseNames, attenuateCapabilities } from '../policy/index.ts'
import { DEFAULT_BUDGETS, GRANT_KINDS, type BudgetName } from './grants.ts'

const manifest = manifestFromObject({
  name: 'all',
  capabilities: {
    http: [{ host: 'a.test' }, { host: 'b.test' }],
    websocket: {},
    kv: { notes: { access: 'write' } },
    queue: { orders: {} },
    config: { REGION: { env: 'REGION' } },
    files: { scratch: true },
    tools: { search: {} },
    clock: 'fine',
    secrets: { KEY: { use: ['hmac-sha256'] } },
  },
})
const { capabilities } = manifest
const all = { ...manifest, imports: [] }

describe('GRANT_KINDS', () => {
  it('has a power for each grant, which is gained with it', () => {
    const none = { log: false, clock: 'coarse', random: false } as const
    const { gained } = capabilityDiff({ ...all, capabilities: none }, all)
    const names = new Set(gained.map((line) => /^\w+/.exec(line)?.[0]))
    expect([...names]).toEqual([...GRANT_KINDS.keys()])
  })

  it('gives every part a place, in an order that counts of uses are kept in', () => {
    expect(leaseNames(capabilities)).toEqual([
      'http[0]',
      'http[1]',
      'kv.notes',
      'queue.orders',
      'tools.search',
      'secrets.KEY',
      'files.scratch',
    ])
  })

  it.each(leaseNames(capabilities))('lets %s be named by a manifest, and be revoked', (place) => {
    const tools = { other: { revoke: [place] } }
    expect(() => manifestFromObject({ name: 'a', capabilities: { tools } })).not.toThrow()
    const left = attenuateCapabilities(capabilities, { revoke: [place], narrow: {} })
    expect(left).not.toEqual(capabilities)
    expect(capabilityDiff({ ...all, capabilities: left }, all).gained).not.toEqual([])
  })

  it.each(['log', 'clock', 'config.REGION', 'kv', 'http.0', 'kv[0]', 'kv.notes.x y'])(
    'has no place "%s"',
    (place) => {
      const tools = { other: { revoke: [place] } }
      expect(() => manifestFromObject({ name: 'a', capabilities: { tools } })).toThrow(
        'where a grant stands',
      )
    },
  )
})

describe('DEFAULT_BUDGETS', () => {
  it('is what a manifest that says nothing bounds, each spent by its name', () => {
    expect(manifestFromObject({ name: 'a' }).limits).toMatchObject(DEFAULT_BUDGETS)
    const budget = new Budget(DEFAULT_BUDGETS)
    for (const [name, most] of Object.entries(DEFAULT_BUDGETS)) {
      // A key of the record.
      const known = name as BudgetName
      expect([budget.take(known, most), budget.take(known), most > 0]).toEqual([true, false, true])
    }
  })
})
