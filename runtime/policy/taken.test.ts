import { describe, expect, it } from 'vitest'
import { manifestFromObject, type Capabilities } from '../manifest/index.ts'
import { attenuateCapabilities, parseAttenuation } from './attenuate.ts'
import { restoreGrants } from './restore.ts'
import { takenBetween } from './taken-between.ts'
import type { TakenGrant } from './taken-grant.ts'
import { takenBy, withoutTaken, withTaken, type LeftGrants } from './taken.ts'

const NOW = Date.UTC(2026, 0, 1)
const AT = '2026-01-01T00:00:00.000Z'

function grants(capabilities: object): Capabilities {
  return manifestFromObject({ name: 'a', capabilities }).capabilities
}

interface Taken {
  readonly taken: readonly TakenGrant[]
  /** What the agent has left. */
  readonly held: Capabilities
}

function take(granted: object, request: object): Taken {
  const [attenuation, capabilities] = [parseAttenuation(request), grants(granted)]
  const taken = takenBy(capabilities, attenuation, NOW)
  return { taken, held: attenuateCapabilities(capabilities, attenuation, NOW) }
}

function left({ taken, held }: Taken, next: object): LeftGrants {
  return withoutTaken(grants(next), taken, held)
}

const GET = { host: 'a.test', paths: ['/v1/*'] }
const OTHER = { host: 'other.test' }
const KV = { notes: { access: 'write' }, seen: { access: 'write' } }

describe('withoutTaken() after a revocation', () => {
  it('revokes the same part in the same version, as of then, and leaves the others', () => {
    const before = take({ kv: KV }, { revoke: ['kv.notes'] })
    const { capabilities, revoked, narrowed, unfit } = left(before, { kv: KV })
    expect(capabilities).toEqual(before.held)
    expect(capabilities.kv).toEqual({ ...KV, notes: { access: 'write', expires: AT } })
    expect([revoked, narrowed, unfit]).toEqual([['kv.notes'], [], []])
  })

  it('removes an area of files once more', () => {
    const files = { input: true, output: true }
    const { capabilities, revoked } = left(take({ files }, { revoke: ['files.output'] }), { files })
    expect([capabilities.files, revoked]).toEqual([{ input: true }, ['files.output']])
  })

  it.each([
    ['at another place', [OTHER, GET], ['http[1]']],
    [
      'in two',
      [
        { ...GET, methods: ['GET'] },
        { ...GET, methods: ['HEAD'] },
      ],
      ['http[0]', 'http[1]'],
    ],
    ['within a wider host', [{ ...GET, host: '*.test' }], ['http[0]']],
    ['within wider paths', [{ host: 'a.test' }], ['http[0]']],
    ['narrower', [{ ...GET, paths: ['/v1/x'] }], ['http[0]']],
    ['with a secret', [{ ...GET, headers: { authorization: '{secret:KEY}' } }], ['http[0]']],
    ['in another network', [{ ...GET, network: 'loopback' }], ['http[0]']],
    ['with a lease', [{ ...GET, maxUses: 3, expires: '2099-01-01T00:00:00Z' }], ['http[0]']],
    [
      'with more of other kinds',
      [{ ...GET, methods: ['GET', 'POST'], port: [443, 8443] }],
      ['http[0]'],
    ],
  ])('finds the rule %s', (_, http, expected) => {
    const { capabilities, revoked } = left(take({ http: [GET, OTHER] }, { revoke: ['http[0]'] }), {
      http,
    })
    expect(revoked).toEqual(expected)
    for (const [index, { expires }] of (capabilities.http ?? []).entries())
      expect(expires).toBe(expected.includes(`http[${index}]`) ? AT : undefined)
  })

  it.each([
    ['another host', { host: 'b.test', paths: ['/v1/*'] }],
    ['other paths', { host: 'a.test', paths: ['/v2/*'] }],
    ['other methods', { ...GET, methods: ['POST'] }],
    ['another port', { ...GET, port: 8443 }],
  ])('leaves a rule about %s', (_, rule) => {
    const { capabilities, revoked } = left(take({ http: [GET] }, { revoke: ['http[0]'] }), {
      http: [rule],
    })
    expect([revoked, capabilities.http?.[0]?.expires]).toEqual([[], undefined])
  })

  it('finds a host by any spelling of its address', () => {
    const before = take({ http: [{ host: '[::1]' }] }, { revoke: ['http[0]'] })
    expect(left(before, { http: [{ host: '[0:0:0:0:0:0:0:1]' }] }).revoked).toEqual(['http[0]'])
  })

  it('finds a tool by its agent, whatever its name', () => {
    const before = take({ tools: { search: {}, mail: {} } }, { revoke: ['tools.search'] })
    const { revoked } = left(before, { tools: { find: { agent: 'search' }, mail: {} } })
    expect(revoked).toEqual(['tools.find'])
    expect(left(before, { tools: { search: { agent: 'mail' } } }).revoked).toEqual([])
  })

  it('leaves a rule that was left, though it reaches some of what was revoked', () => {
    const http = [{ host: '*.test' }, GET]
    const before = take({ http }, { revoke: ['http[1]'] })
    expect(left(before, { http }).revoked).toEqual(['http[1]'])
    expect(left(before, { http: http.toReversed() }).revoked).toEqual(['http[0]'])
    // More than was left.
    const wider = [{ host: '*.test', methods: ['GET', 'POST'] }]
    expect(left(before, { http: wider }).revoked).toEqual([])
    const withSecret = [{ host: '*.test', headers: { authorization: '{secret:KEY}' } }]
    expect(left(before, { http: withSecret }).revoked).toEqual(['http[0]'])
  })

  it('leaves a narrower rule that was left when the wider one was revoked', () => {
    const http = [{ host: '*.test' }, GET]
    const before = take({ http }, { revoke: ['http[0]'] })
    expect(left(before, { http }).revoked).toEqual(['http[0]'])
    expect(left(before, { http: [GET] }).revoked).toEqual([])
    expect(left(before, { http: [{ host: 'b.test' }, GET] }).revoked).toEqual(['http[0]'])
  })

  it('revokes a twin of what was revoked', () => {
    const before = take({ http: [GET, GET] }, { revoke: ['http[0]'] })
    expect(left(before, { http: [GET, GET] }).revoked).toEqual(['http[0]', 'http[1]'])
  })

  it('goes on over a version that has no such part', () => {
    const { taken } = take({ kv: KV }, { revoke: ['kv.notes'] })
    const between = grants({ kv: { seen: KV.seen } })
    expect(withoutTaken(between, taken, between).revoked).toEqual([])
    expect(withoutTaken(grants({ kv: KV }), taken, between).revoked).toEqual(['kv.notes'])
  })
})

describe('withoutTaken() after a narrowing', () => {
  it('narrows the same part in the same version', () => {
    const narrow = { 'kv.notes': { access: 'read', maxUses: 5 } }
    const before = take({ kv: KV }, { narrow })
    const { capabilities, revoked, narrowed } = left(before, { kv: KV })
    expect(capabilities).toEqual(before.held)
    expect([revoked, narrowed]).toEqual([[], ['kv.notes']])
  })

  it.each([
    ['the same at another place', [OTHER, { ...GET, methods: ['GET', 'POST'] }], 1, ['GET']],
    ['more', [{ ...GET, host: '*.test', methods: ['GET', 'PUT', 'POST'] }], 0, ['GET']],
    ['no more than was left', [{ ...GET, methods: ['GET'] }], 0, ['GET']],
  ])('narrows %s', (_, http, place, methods) => {
    const granted = { http: [{ ...GET, methods: ['GET', 'POST'] }] }
    const before = take(granted, { narrow: { 'http[0]': { methods: ['GET'] } } })
    const { capabilities, revoked } = left(before, { http })
    expect([capabilities.http?.[place]?.methods, revoked]).toEqual([methods, []])
  })

  it('keeps the smaller of the two values', () => {
    const before = take({ kv: KV }, { narrow: { 'kv.notes': { maxUses: 5 } } })
    const uses = (maxUses?: number): unknown => {
      const notes = { access: 'write', ...(maxUses === undefined ? {} : { maxUses }) }
      return left(before, { kv: { notes } }).capabilities.kv?.['notes']?.maxUses
    }
    expect([uses(), uses(9), uses(2)]).toEqual([5, 5, 2])
  })

  it('revokes a part that it does not fit, and says so', () => {
    const granted = { http: [{ ...GET, methods: ['GET', 'POST'] }] }
    const before = take(granted, { narrow: { 'http[0]': { methods: ['GET'] } } })
    const { capabilities, revoked, unfit } = left(before, { http: [{ ...GET, methods: ['POST'] }] })
    expect([revoked, unfit]).toEqual([['http[0]'], ['http[0]']])
    expect(capabilities.http?.[0]?.expires).toBe(AT)
  })
})

describe('withTaken()', () => {
  it('has each meaning once, a narrowed one with its latest values', () => {
    const revoked = take({ kv: KV }, { revoke: ['kv.seen'] }).taken
    const one = take({ kv: KV }, { narrow: { 'kv.notes': { access: 'read', maxUses: 5 } } }).taken
    const two = take({ kv: KV }, { narrow: { 'kv.notes': { maxUses: 2 } } }).taken
    const all = [revoked, one, revoked, two].reduce(withTaken)
    expect(all.map(({ place, narrow }) => [place, narrow])).toEqual([
      ['kv.seen', undefined],
      ['kv.notes', { access: 'read', maxUses: 2 }],
    ])
  })
})

describe('restoreGrants()', () => {
  const granted = { kv: KV, http: [GET, OTHER] }
  const { taken, held } = take(granted, { revoke: ['http[0]', 'kv.notes'] })
  const from = { granted: grants(granted), left: held, taken }
  const places = (names: string[], at = from): string[] =>
    restoreGrants(at, names).taken.map(({ place }) => place)

  it('leaves out what is at the places, or all', () => {
    expect(places(['kv.notes'])).toEqual(['http[0]'])
    expect(places(['http[0]', 'kv.notes'])).toEqual([])
    expect(places(['*'])).toEqual([])
  })

  it('goes by the places of now, and by those of then for what is nowhere now', () => {
    const now = grants({ http: [OTHER, GET] })
    const moved = { ...from, granted: now, left: withoutTaken(now, taken, held).capabilities }
    expect(places(['http[1]'], moved)).toEqual(['kv.notes'])
    expect(() => places(['http[0]'], moved)).toThrow('nothing was taken')
    expect(places(['kv.notes'], moved)).toEqual(['http[0]'])
  })

  it('gives back the parts at the places, and not what reaches further', () => {
    const split = ['/v1/a', '/v1/b'].map((path) => ({ ...GET, paths: [path] }))
    const before = withoutTaken(grants({ http: split }), taken, held)
    expect(before.revoked).toEqual(['http[0]', 'http[1]'])
    const now = { granted: grants({ http: split }), left: before.capabilities, taken }
    const { left: after, taken: still } = restoreGrants(now, ['http[0]'])
    expect([after.revoked, after.capabilities.http?.[0]?.expires]).toEqual([['http[1]'], undefined])
    // For a later version as well.
    const later = (...http: object[]): readonly string[] =>
      withoutTaken(grants({ http }), still, after.capabilities).revoked
    expect([later(...split), later(GET), later(...split.slice(0, 1))]).toEqual([
      ['http[1]'],
      ['http[0]'],
      [],
    ])
  })

  it('leaves other parts as they are', () => {
    const http = [{ ...GET, host: '*.test' }, GET]
    const { held: left, taken: all } = take(
      { http },
      { revoke: ['http[1]'], narrow: { 'http[0]': { methods: ['GET'] } } },
    )
    const { left: after } = restoreGrants({ granted: grants({ http }), left, taken: all }, [
      'http[0]',
    ])
    expect([after.revoked, after.narrowed]).toEqual([['http[1]'], []])
    expect(after.capabilities.http?.[0]).toEqual(grants({ http }).http?.[0])
  })

  it.each(['kv.seen', 'http[1]', 'kv.more', 'nothing'])('refuses %s', (name) => {
    expect(() => places([name])).toThrow(`Cannot restore "${name}": nothing was taken from it`)
  })
})

describe('takenBetween()', () => {
  it('finds what was taken, for a state that has no more than what was left', () => {
    const granted = {
      kv: KV,
      files: { output: true },
      http: [{ ...GET, methods: ['GET', 'POST'] }],
    }
    const request = {
      revoke: ['kv.notes', 'files.output'],
      narrow: { 'http[0]': { methods: ['GET'] } },
    }
    const { held, taken } = take(granted, request)
    const found = takenBetween(grants(granted), held, NOW)
    expect(new Set(found)).toEqual(new Set(taken))
    expect(withoutTaken(grants(granted), found, held).capabilities).toEqual(held)
    expect(takenBetween(held, held, NOW)).toEqual([])
  })
})
