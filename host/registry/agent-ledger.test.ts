import { beforeEach, describe, expect, it } from 'vitest'
import { manifestFromObject, policyHash } from '../../runtime/manifest/index.ts'
import { attenuateCapabilities, parseAttenuation, takenBy } from '../../runtime/policy/index.ts'
import { AgentLedger, type Candidate } from './agent-ledger.ts'
import { usesIn } from './lease-counts.ts'
import { memoryState, type StateStore } from './state/index.ts'

let state: StateStore

beforeEach(() => {
  state = memoryState()
})

const NONE = { allowNew: false }
const ANY = { allowNew: true }

function version(fields: object, byte = 1): Candidate {
  const manifest = manifestFromObject({ name: 'shop', ...fields })
  return { manifest, component: new Uint8Array([byte]), imports: [] }
}

function stores(names: readonly string[], byte = 1, limits: object = {}): Candidate {
  const kv = Object.fromEntries(names.map((name) => [name, { access: 'read' }]))
  return version({ capabilities: { kv }, limits }, byte)
}

/** Takes grants from the approved version, which is `from`. */
function take(ledger: AgentLedger, { manifest }: Candidate, request: object): void {
  const [attenuation, now] = [parseAttenuation(request), Date.now()]
  const held = ledger.narrowed('shop') ?? manifest.capabilities
  const taken = takenBy(manifest.capabilities, attenuation, now)
  ledger.take('shop', taken, () => attenuateCapabilities(held, attenuation, now))
}

function revoke(ledger: AgentLedger, from: Candidate, ...places: string[]): void {
  take(ledger, from, { revoke: places })
}

function restore(ledger: AgentLedger, ...places: string[]): void {
  ledger.restore('shop', places)?.keep()
}

describe('AgentLedger.approve()', () => {
  it('approves the first version, and every one that gains nothing', async () => {
    const ledger = new AgentLedger(state)
    expect((await ledger.approve(stores(['a', 'b']), NONE)).diff).toBeUndefined()
    const fewer = await ledger.approve(stores(['a'], 2), NONE)
    expect(fewer.diff).toEqual({ gained: [], lost: ['kv b read'] })
  })

  it('approves what gains only when told to, and that version from then on', async () => {
    const ledger = new AgentLedger(state)
    await ledger.approve(stores(['a']), NONE)
    await expect(ledger.approve(stores(['a', 'b']), NONE)).rejects.toMatchObject({
      code: 'ERR_CAPABILITY_DENIED',
      message: expect.stringContaining('+ kv b read'),
      hint: expect.stringContaining('--allow-new-capabilities'),
    })
    await ledger.approve(stores(['a', 'b']), ANY)
    const next = new AgentLedger(state)
    expect((await next.approve(stores(['a', 'b']), NONE)).diff).toBeUndefined()
    // A power that was given up has to be approved again.
    await next.approve(stores(['a']), NONE)
    await expect(next.approve(stores(['a', 'b']), NONE)).rejects.toThrow('gains')
  })

  it('refuses a schedule and a queue that were not approved, and knows those that were', async () => {
    const ledger = new AgentLedger(state)
    await ledger.approve(version({}), NONE)
    const called = { schedule: [{ cron: '0 4 * * *' }], consumes: { orders: {} } }
    const refused = ledger.approve(version(called), NONE)
    await expect(refused).rejects.toThrow('+ schedule "0 4 * * *" UTC\n  + consumes orders')
    await ledger.approve(version(called), ANY)
    const next = new AgentLedger(state)
    expect((await next.approve(version(called, 2), NONE)).diff).toEqual({ gained: [], lost: [] })
    const more = version({ ...called, consumes: { orders: { concurrency: 2 } } }, 2)
    await expect(next.approve(more, NONE)).rejects.toThrow('+ consumes orders concurrency 1 -> 2')
    expect((await next.approve(version({}, 3), NONE)).diff?.lost).toHaveLength(2)
  })

  it('refuses higher limits and another route, of the same component too', async () => {
    const ledger = new AgentLedger(state)
    await ledger.approve(version({ limits: { deadlineMs: 10_000 } }), NONE)
    const longer = version({ limits: { deadlineMs: 60_000 } })
    const refused = expect.objectContaining({
      message: expect.stringContaining('+ limits.deadlineMs 10000 -> 60000'),
    })
    await expect(ledger.approve(longer, NONE)).rejects.toEqual(refused)
    const elsewhere = version({ limits: { deadlineMs: 10_000 }, route: '/*' })
    await expect(ledger.approve(elsewhere, NONE)).rejects.toThrow('+ route /*')
    await ledger.approve(elsewhere, ANY)
    expect((await ledger.approve(elsewhere, NONE)).diff).toBeUndefined()
    const shorter = version({ limits: { deadlineMs: 5_000 }, route: '/only' }, 2)
    expect((await ledger.approve(shorter, NONE)).diff?.gained).toEqual([])
  })

  it('refuses a host of its own, and a route where it had none, also after a restart', async () => {
    const ledger = new AgentLedger(state)
    await ledger.approve(version({ hosts: ['a.example'] }), NONE)
    const more = version({ hosts: ['a.example', 'b.example'] })
    await expect(ledger.approve(more, NONE)).rejects.toThrow('+ host "b.example"')
    const next = new AgentLedger(state)
    await expect(next.approve(version({}), NONE)).rejects.toThrow('+ route /shop/*')
    await next.approve(more, ANY)
    expect((await next.approve(more, NONE)).diff).toBeUndefined()
    expect((await next.approve(version({ hosts: ['b.example'] }), NONE)).diff?.gained).toEqual([])
  })

  it('writes nothing for a version that is approved as it was', async () => {
    const ledger = new AgentLedger(state)
    await ledger.approve(stores(['a']), NONE)
    state.replace = () => expect.unreachable()
    await ledger.approve(stores(['a']), NONE)
    await new AgentLedger(state).approve(stores(['a']), ANY)
  })

  it('knows no agent of the name of a property', async () => {
    const ledger = new AgentLedger(memoryState())
    expect([ledger.isDisabled('constructor'), ledger.narrowed('__proto__')]).toEqual([
      false,
      undefined,
    ])
  })
})

describe('AgentLedger.take()', () => {
  it.each([
    ['the same version', 1, NONE],
    ['another component', 2, NONE],
    ['another component with new capabilities', 2, ANY],
  ])('holds for %s, after a restart too', async (_, byte, options) => {
    const first = stores(['a', 'b'])
    const ledger = new AgentLedger(state)
    await ledger.approve(first, NONE)
    revoke(ledger, first, 'kv.a')
    ledger.disable('shop', true)
    const next = new AgentLedger(state)
    const approval = await next.approve(stores(['a', 'b'], byte), options)
    expect(approval.revoked).toEqual(['kv.a'])
    expect(approval.diff?.gained ?? []).toEqual([])
    expect(next.narrowed('shop')).toEqual(ledger.narrowed('shop'))
    expect(next.isDisabled('shop')).toBe(true)
  })

  it('compares the next version with what is left', async () => {
    const first = stores(['a', 'b'])
    const ledger = new AgentLedger(state)
    await ledger.approve(first, NONE)
    revoke(ledger, first, 'kv.a')
    const { diff, revoked } = await ledger.approve(stores(['a'], 2), NONE)
    expect([diff, revoked]).toEqual([{ gained: [], lost: ['kv b read'] }, ['kv.a']])
    await expect(ledger.approve(stores(['a', 'b'], 3), NONE)).rejects.toThrow('+ kv b read')
  })

  it('needs approval for more than what was revoked, which stays revoked with it', async () => {
    const rule = (host: string, byte: number): Candidate =>
      version({ capabilities: { http: [{ host }] } }, byte)
    const first = rule('api.test', 1)
    const ledger = new AgentLedger(state)
    await ledger.approve(first, NONE)
    revoke(ledger, first, 'http[0]')
    await expect(ledger.approve(rule('*.test', 2), NONE)).rejects.toThrow('https://*.test/*')
    const { revoked } = await ledger.approve(rule('*.test', 2), ANY)
    expect(revoked).toEqual(['http[0]'])
  })

  it('needs approval for what was left and then given up, as for any power', async () => {
    const notes = (access: string, byte: number): Candidate =>
      version({ capabilities: { kv: { a: { access } } } }, byte)
    const ledger = new AgentLedger(state)
    await ledger.approve(notes('write', 1), NONE)
    take(ledger, notes('write', 1), { narrow: { 'kv.a': { access: 'read' } } })
    await ledger.approve(stores([], 2), NONE)
    await expect(ledger.approve(notes('write', 3), NONE)).rejects.toThrow('+ kv a read')
    const { narrowed, diff } = await ledger.approve(notes('write', 3), ANY)
    expect([narrowed, diff?.gained]).toEqual([['kv.a'], ['kv a read']])
  })

  it('goes on over versions that lack the grant', async () => {
    const ledger = new AgentLedger(state)
    const first = stores(['a', 'b'])
    await ledger.approve(first, NONE)
    revoke(ledger, first, 'kv.a')
    expect((await ledger.approve(stores(['b'], 2), NONE)).revoked).toEqual([])
    expect(ledger.narrowed('shop')).toBeUndefined()
    expect((await ledger.approve(first, NONE)).revoked).toEqual(['kv.a'])
  })

  it('says what it has, for the operator', async () => {
    const ledger = new AgentLedger(state)
    const first = version({
      capabilities: { kv: { a: { access: 'write' }, b: { access: 'read' } } },
    })
    await ledger.approve(first, NONE)
    take(ledger, first, { revoke: ['kv.b'], narrow: { 'kv.a': { access: 'read' } } })
    expect(ledger.summaries()).toMatchObject([
      {
        narrowed: true,
        taken: [{ grant: 'kv.a', narrow: { access: 'read' } }, { grant: 'kv.b' }],
      },
    ])
  })
})

describe('AgentLedger.restore()', () => {
  it('gives back what is named, for later versions too', async () => {
    const ledger = new AgentLedger(state)
    const first = stores(['a', 'b'])
    await ledger.approve(first, NONE)
    revoke(ledger, first, 'kv.a', 'kv.b')
    restore(ledger, 'kv.a')
    const next = new AgentLedger(state)
    expect(next.narrowed('shop')?.kv?.['a']).toEqual({ access: 'read' })
    const { revoked, diff } = await next.approve(stores(['a', 'b'], 2), NONE)
    expect([revoked, diff?.gained]).toEqual([['kv.b'], []])
    restore(next, '*')
    expect((await next.approve(stores(['a', 'b'], 3), NONE)).revoked).toEqual([])
  })

  it('refuses a grant that was not taken, and changes nothing', async () => {
    const ledger = new AgentLedger(state)
    const first = stores(['a', 'b'])
    await ledger.approve(first, NONE)
    revoke(ledger, first, 'kv.a')
    expect(() => restore(ledger, 'kv.a', 'kv.b')).toThrow('nothing was taken from it')
    expect(ledger.summaries()).toMatchObject([{ taken: [{ grant: 'kv.a' }] }])
    expect(ledger.restore('other', ['*'])).toBeUndefined()
  })
})

describe('AgentLedger.checkpoint()', () => {
  it('puts grants and counts back, not that the agent is disabled', async () => {
    const ledger = new AgentLedger(state)
    const [first, second] = [leased(1), leased(2)]
    await ledger.approve(first, NONE)
    use(ledger, 1)
    const undo = ledger.checkpoint('shop')
    await ledger.approve(second, ANY)
    ledger.disable('shop', true)
    undo()
    expect([used(ledger), ledger.isDisabled('shop')]).toEqual([[1], true])
    expect((await ledger.approve(first, NONE)).diff).toBeUndefined()
  })
})

const LEASE = { a: { access: 'write', maxUses: 2 } }

function leased(byte: number, kv: object = LEASE): Candidate {
  return version({ capabilities: { kv } }, byte)
}

function use(ledger: AgentLedger, times: number): void {
  const [count] = ledger.uses('shop')
  if (count !== undefined) Atomics.add(count, 0, times)
}

function used(ledger: AgentLedger): number[] {
  return ledger.uses('shop').map(usesIn)
}

describe('AgentLedger.uses()', () => {
  it('counts on for another version, at another place, and after a restart', async () => {
    const ledger = new AgentLedger(state)
    await ledger.approve(leased(1), NONE)
    use(ledger, 2)
    const { renewed } = await ledger.approve(leased(2), NONE)
    expect([renewed, used(ledger)]).toEqual([[], [2]])
    use(ledger, 1)
    ledger.keepUses()
    const next = new AgentLedger(state)
    expect(used(next)).toEqual([3])
    // Behind another store, which the version before had as well.
    const both = { b: { access: 'read' }, ...LEASE }
    await next.approve(leased(3, { ...LEASE, b: { access: 'read' } }), ANY)
    use(next, 1)
    await next.approve(leased(4, both), NONE)
    expect(used(next)).toEqual([0, 1])
  })

  it('shares its counts with the version before, which still answers', async () => {
    const ledger = new AgentLedger(state)
    await ledger.approve(leased(1), NONE)
    const before = ledger.uses('shop')
    await ledger.approve(leased(2), NONE)
    expect(ledger.uses('shop')[0]).toBe(before[0])
  })

  it('has one count for the rules that a rule was split into, after a restart too', async () => {
    const rules = (byte: number, ...paths: string[][]): Candidate =>
      version({ capabilities: { http: paths.map((each) => rule(each)) } }, byte)
    const rule = (paths: string[]): object => ({ host: 'a.test', paths, maxUses: 2 })
    await new AgentLedger(state).approve(rules(1, ['/x', '/y']), NONE)
    await new AgentLedger(state).approve(rules(2, ['/x'], ['/y']), NONE)
    const ledger = new AgentLedger(state)
    use(ledger, 1)
    expect(used(ledger)).toEqual([1, 1])
  })

  it.each([
    ['another version', 2, false],
    ['this very version, when it is asked for', 1, true],
  ])('begins anew where new capabilities are allowed for %s', async (_, byte, renewsSame) => {
    const ledger = new AgentLedger(state)
    await ledger.approve(leased(1), NONE)
    use(ledger, 2)
    const { renewed } = await ledger.approve(leased(byte), { ...ANY, renewsSame })
    expect([renewed, used(ledger)]).toEqual([['kv.a'], [0]])
    ledger.keepUses()
    expect(used(new AgentLedger(state))).toEqual([0])
  })

  it('does not begin anew at a start that allows new capabilities', async () => {
    const ledger = new AgentLedger(state)
    await ledger.approve(leased(1), NONE)
    use(ledger, 2)
    ledger.keepUses()
    const next = new AgentLedger(state)
    expect([(await next.approve(leased(1), ANY)).renewed, used(next)]).toEqual([[], [2]])
  })
})

describe('AgentLedger', () => {
  async function text(): Promise<string> {
    await new AgentLedger(state).approve(stores(['a']), NONE)
    return new TextDecoder().decode(state.read('agents.json'))
  }

  function write(value: unknown): void {
    state.replace('agents.json', new TextEncoder().encode(JSON.stringify(value)))
  }

  it('refuses a file it did not write', async () => {
    const written = await text()
    for (const broken of [written.slice(0, 40), '[]', '{"version":0,"agents":{}}', 'null']) {
      state.replace('agents.json', new TextEncoder().encode(broken))
      expect(() => new AgentLedger(state)).toThrow('Cannot read approvals "agents.json in memory"')
    }
  })

  it('refuses what a newer host wrote, and says what to do', async () => {
    const newer = (await text()).replace('"version": 2', '"version": 3')
    state.replace('agents.json', new TextEncoder().encode(newer))
    const error = expect.objectContaining({
      code: 'ERR_HOST_UNAVAILABLE',
      message: expect.stringContaining('it is of version 3, this host knows version 2'),
      hint: expect.stringContaining('--data'),
    })
    expect(() => new AgentLedger(state)).toThrow(error)
  })

  /** As a host of version 1 wrote it. */
  async function older({ manifest, component }: Candidate, more: object = {}): Promise<void> {
    const { capabilities } = manifest
    const ledger = new AgentLedger(memoryState())
    const approved = await ledger.approve({ manifest, component, imports: [] }, NONE)
    const entry = {
      component: approved.component,
      policy: await policyHash(manifest),
      imports: [],
      capabilities,
      approvedAt: '2026-01-01T00:00:00.000Z',
    }
    write({ version: 1, agents: { shop: { ...entry, ...more } } })
  }

  it('takes over what was revoked by a host that kept only what was left', async () => {
    const first = stores(['a', 'b'])
    const expires = '2026-01-02T00:00:00.000Z'
    const kv = { a: { access: 'read', expires }, b: { access: 'read' } }
    await older(first, { narrowed: { ...first.manifest.capabilities, kv }, uses: [0, 0] })
    const ledger = new AgentLedger(state)
    const { diff, revoked } = await ledger.approve(stores(['a', 'b'], 2), NONE)
    expect([diff, revoked]).toEqual([{ gained: [], lost: [] }, ['kv.a']])
    expect(ledger.narrowed('shop')?.kv?.['a']?.expires).toBe(expires)
    restore(ledger, 'kv.a')
    expect(ledger.narrowed('shop')).toBeUndefined()
  })

  it('knows by the hash whether limits that an older host did not keep are the same', async () => {
    const first = stores(['a'], 1, { deadlineMs: 60_000 })
    await older(first)
    const same = stores(['a'], 2, { deadlineMs: 60_000 })
    expect((await new AgentLedger(state).approve(same, NONE)).diff?.gained).toEqual([])
    await older(first)
    const higher = stores(['a'], 2, { deadlineMs: 60_001 })
    // Those of before cannot be known: it is compared with the defaults.
    await expect(new AgentLedger(state).approve(higher, NONE)).rejects.toThrow(
      'limits.deadlineMs 10000 -> 60001',
    )
  })
})
