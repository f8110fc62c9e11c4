import { describe, expect, it } from 'vitest'
import { manifestFromObject } from '../manifest/index.ts'
import { capabilityDiff, type AgentPowers, type CapabilityDiff } from './capability-diff.ts'

function powers(fields: object, imports: string[] = []): AgentPowers {
  return { ...manifestFromObject({ name: 'a', ...fields }), imports }
}

function diff(before: object, after: object): CapabilityDiff {
  return capabilityDiff(powers({ capabilities: before }), powers({ capabilities: after }))
}

const API = { host: 'api.test', methods: ['GET'], paths: ['/v1/*'] }

describe('capabilityDiff()', () => {
  it('says what was gained and what was lost', () => {
    const before = { http: [API], kv: { notes: { access: 'write' } } }
    const after = {
      http: [{ ...API, methods: ['GET', 'POST'] }],
      kv: { notes: { access: 'read' }, seen: { access: 'read', maxUses: 3 } },
      config: { REGION: { env: 'REGION' }, GREETING: 'hello' },
      clock: 'fine',
    }
    expect(diff(before, after)).toEqual({
      gained: [
        'http POST https://api.test/v1/*',
        'kv seen read, 3 times',
        'config from $REGION',
        'clock fine',
      ],
      lost: ['kv notes write'],
    })
  })

  it('sees no gain in the same grants written otherwise', () => {
    const split = { http: ['/v1/*', '/v2'].map((path) => ({ ...API, paths: [path] })) }
    const whole = { http: [{ ...API, port: 443, paths: ['/v1/*', '/v2'] }] }
    expect(diff(split, whole)).toEqual({ gained: [], lost: [] })
    const [short, long] = ['[::1]', '[0:0:0:0:0:0:0:1]'].map((host) => ({ http: [{ host }] }))
    expect(diff({ ...short }, { ...long })).toEqual({ gained: [], lost: [] })
  })

  it.each([
    [{ ...API, paths: ['/v1/prices'] }],
    [{ ...API, expires: '2030-01-01T00:00:00Z' }],
    [{ ...API, maxUses: 1 }],
  ])('sees no gain in %j, which is less', (rule) => {
    expect(diff({ http: [API] }, { http: [rule] }).gained).toEqual([])
    expect(diff({ http: [rule] }, { http: [API] }).gained).toHaveLength(1)
  })

  it.each([
    [{ ...API, host: '*.api.test' }],
    [{ ...API, host: 'evil.test' }],
    [{ ...API, port: [443, 8443] }],
    [{ ...API, scheme: 'http' }],
    [{ ...API, paths: ['/*'] }],
    [{ ...API, network: 'private' }],
    [{ ...API, paths: ['/v1*'] }],
    [{ ...API, headers: { authorization: 'Bearer {secret:TOKEN_NAME}' } }],
  ])('sees the gain in %j', (rule) => {
    expect(diff({ http: [API] }, { http: [rule] }).gained.length).toBeGreaterThan(0)
  })

  it('takes only the star at the end of a path for more than itself', () => {
    const paths = (path: string): object => ({ http: [{ ...API, paths: [path] }] })
    expect(diff(paths('/v1/**'), paths('/v1/*')).gained).toHaveLength(1)
    expect(diff(paths('/v1/*'), paths('/v1/**')).gained).toEqual([])
  })

  it('sees nothing in a lease that has ended, on either side', () => {
    const ended = { http: [API, { host: 'gone.test', expires: '2020-01-01T00:00:00Z' }] }
    expect(diff({ http: [API] }, ended)).toEqual({ gained: [], lost: [] })
    expect(diff(ended, { http: [API] })).toEqual({ gained: [], lost: [] })
    const renewed = { http: [API, { host: 'gone.test', expires: '2099-01-01T00:00:00Z' }] }
    expect(diff(ended, renewed).gained).toHaveLength(2)
  })

  it('compares tools one by one, by their agents and their terms', () => {
    const search = { agent: 'search', revoke: ['http[0]'] }
    const tools = (granted: object): object => ({ tools: granted })
    const both = tools({ a: search, b: { agent: 'mail' } })
    expect(diff(both, tools({ a: search })).gained).toEqual([])
    expect(diff(both, tools({ a: { agent: 'search' } })).gained).toEqual([
      'tools a of agent search',
    ])
    // Blobs are handed on by the names of tools.
    const swapped = tools({ b: search, a: { agent: 'mail' } })
    expect(diff(both, swapped).gained).toHaveLength(2)
    expect(diff(tools({ a: {} }), tools({ a: { maxUses: 2 } })).gained).toEqual([])
  })

  it.each([
    ['maxKeys', 1, 5],
    ['maxBytes', 9, 16_777_217],
  ])('compares the quota %s of a store', (name, from, to) => {
    const [low, high] = [from, to].map((most) => ({
      kv: { notes: { access: 'write', [name]: most } },
    }))
    expect(diff({ ...low }, { ...high }).gained).toEqual([`kv notes ${name} ${from} -> ${to}`])
    const back = { gained: [], lost: [`kv notes ${name} ${to} -> ${from}`] }
    expect(diff({ ...high }, { ...low })).toEqual(back)
    // Without it the store has the default.
    expect(diff({ ...low }, { kv: { notes: { access: 'write' } } }).gained).toHaveLength(1)
  })

  it('compares areas of files and lines of the log by their bytes', () => {
    const low = { files: { output: { maxBytes: 5 } }, log: { maxBytes: 7 } }
    const high = { files: { input: true, output: { maxBytes: 6 } }, log: true }
    expect(diff(low, high).gained).toEqual([
      'log maxBytes 7 -> 65536',
      'files input',
      'files output maxBytes 5 -> 6',
    ])
    expect(diff(high, low).gained).toEqual([])
  })

  it('sees what a component imports', () => {
    const [before, after] = [powers({}, ['mayfly:agent/kv']), powers({}, ['wasi:sockets/tcp'])]
    expect(capabilityDiff(before, after)).toEqual({
      gained: ['import wasi:sockets/tcp'],
      lost: ['import mayfly:agent/kv'],
    })
  })
})

describe('capabilityDiff() of limits, routes and features', () => {
  const { limits: defaults } = powers({})

  it.each(Object.entries(defaults).filter(([, value]) => typeof value === 'number'))(
    'sees the gain in a higher limits.%s, and none in a lower one',
    (name, value) => {
      const [low, high] = [powers({}), powers({})].map((each, index) => ({
        ...each,
        limits: { ...each.limits, [name]: Number(value) + index },
      }))
      if (low === undefined || high === undefined) return expect.unreachable()
      const [from, to] = [value, Number(value) + 1]
      expect(capabilityDiff(low, high)).toEqual({
        gained: [`limits.${name} ${from} -> ${to}`],
        lost: [],
      })
      expect(capabilityDiff(high, low)).toEqual({
        gained: [],
        lost: [`limits.${name} ${to} -> ${from}`],
      })
    },
  )

  it('sees no gain in a limit that an older host did not know', () => {
    const { connectionMs: _, ...limits } = defaults
    // As an older host kept them.
    const before = { ...powers({}), limits: limits as typeof defaults }
    expect(capabilityDiff(before, powers({}))).toEqual({ gained: [], lost: [] })
    expect(capabilityDiff(before, powers({ limits: { connectionMs: 5 } })).gained).toEqual([
      'limits.connectionMs 0 -> 5',
    ])
  })

  it.each([
    [{ limits: { fuel: 5 } }, {}, ['limits.fuel 5 -> unbounded']],
    [{}, { limits: { metering: 'watchdog' } }, ['limits.metering watchdog']],
    [{}, { features: ['gc'] }, ['feature gc']],
    [{}, { route: '/*' }, ['route /*']],
    [{}, { route: '/other/*' }, ['route /other/*']],
    [{ route: false }, {}, ['route /a/*']],
  ])('sees the gain from %j to %j, and none on the way back', (before, after, gained) => {
    expect(capabilityDiff(powers(before), powers(after)).gained).toEqual(gained)
    const back = capabilityDiff(powers(after), powers(before)).gained
    expect(back).toEqual('route' in after && after.route === '/other/*' ? ['route /a/*'] : [])
  })

  it('sees the gain in a host of its own, and in a place beside others', () => {
    const both = { hosts: ['a.example', 'b.example'], route: '/a/*' }
    expect(capabilityDiff(powers({ hosts: ['a.example'] }), powers(both))).toEqual({
      gained: ['route /a/*', 'host "b.example"'],
      lost: [],
    })
    expect(capabilityDiff(powers(both), powers({ hosts: ['b.example'] }))).toEqual({
      gained: [],
      lost: ['route /a/*', 'host "a.example"'],
    })
  })

  it('sees no gain in another way to reset, nor in a route within the one before', () => {
    expect(capabilityDiff(powers({}), powers({ limits: { reset: 'fresh' } })).gained).toEqual([])
    expect(capabilityDiff(powers({}), powers({ route: '/a/only' })).gained).toEqual([])
  })
})
