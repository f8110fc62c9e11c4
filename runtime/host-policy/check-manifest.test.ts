/** Each line of a policy allows one manifest and refuses another. @module */
import { describe, expect, it } from 'vitest'
import { GRANT_KINDS } from '../capabilities/grants.ts'
import { HOST_LISTS } from '../grants/index.ts'
import { defaultLimit, LIMIT_CEILINGS, manifestFromObject } from '../manifest/index.ts'
import { admitManifest, checkManifest } from './check-manifest.ts'
import { policyFromObject } from './parse.ts'
import { policyJsonSchema } from './json-schema.ts'

interface Fields {
  readonly name?: string
  readonly [field: string]: unknown
}

function refusedBy(policy: object, fields: Fields): string[] {
  const manifest = manifestFromObject({ name: 'shop', ...fields })
  return checkManifest(policyFromObject(policy), manifest).refused.map(({ text }) => text)
}

/** A grant of each capability with all its quotas at `value`, which are no defaults of it. */
const QUOTAS: Readonly<Record<string, (value: number) => unknown>> = {
  'kv.stores': (value) =>
    Object.fromEntries(Array.from({ length: value }, (_, i) => [`s${i}`, { access: 'read' }])),
  'kv.maxBytes': (maxBytes) => ({ notes: { access: 'read', maxBytes } }),
  'kv.maxKeys': (maxKeys) => ({ notes: { access: 'read', maxKeys } }),
  'queue.queues': (value) =>
    Object.fromEntries(Array.from({ length: value }, (_, i) => [`q${i}`, {}])),
  'queue.maxMessages': (maxMessages) => ({ orders: { maxMessages } }),
  'queue.maxBytes': (maxBytes) => ({ orders: { maxBytes } }),
  'log.maxBytes': (maxBytes) => ({ maxBytes }),
  'files.maxBytes': (maxBytes) => ({ output: { maxBytes } }),
}

const quotas = [...GRANT_KINDS].flatMap(([capability, { hostSide }]) =>
  Object.keys(hostSide.quotas).map((field) => [capability, field] as const),
)

describe('checkManifest(): ceilings', () => {
  it.each(Object.keys(LIMIT_CEILINGS))('limits.%s', (limit) => {
    // Of every limit a valid value, and no default.
    const value = limit === 'memoryBytes' ? 131_072 : 5
    const policy = { limits: { [limit]: value } }
    expect(refusedBy(policy, { limits: { [limit]: value } })).toEqual([])
    expect(refusedBy(policy, { limits: { [limit]: value + 1 } })).toEqual([
      `limits.${limit} ${value + 1}: the host allows ${value}`,
    ])
    expect(refusedBy({}, { limits: { [limit]: value + 1 } })).toEqual([])
  })

  // The default of this one is no time at all.
  it.each(Object.keys(LIMIT_CEILINGS).filter((limit) => limit !== 'connectionMs'))(
    'limits.%s: a lower ceiling takes the place of the default',
    (limit) => {
      const value = limit === 'memoryBytes' ? 131_072 : 5
      const policy = policyFromObject({ limits: { [limit]: value } })
      const { manifest, lowered } = checkManifest(policy, manifestFromObject({ name: 'shop' }))
      expect(manifest.limits).toMatchObject({ [limit]: value })
      const instead =
        defaultLimit(limit) === undefined ? 'no bound' : `the default ${defaultLimit(limit)}`
      expect(lowered).toEqual([
        expect.objectContaining({ text: `limits.${limit}: ${value} in place of ${instead}` }),
      ])
    },
  )

  it('bounds limits.connectionMs by that of deadlineMs where it has no bound of its own', () => {
    const limits = (connectionMs: number): Fields => ({ limits: { deadlineMs: 20, connectionMs } })
    const policy = { limits: { deadlineMs: 30 } }
    expect(refusedBy(policy, limits(30))).toEqual([])
    expect(refusedBy(policy, limits(31))).toEqual(['limits.connectionMs 31: the host allows 30'])
    expect(refusedBy({ limits: { deadlineMs: 30, connectionMs: 40 } }, limits(40))).toEqual([])
    expect(refusedBy({}, limits(40))).toEqual([])
  })

  it.each(quotas)('quotas.%s.%s', (capability, field) => {
    const of = QUOTAS[`${capability}.${field}`]
    const policy = { quotas: { [capability]: { [field]: 3 } } }
    expect(refusedBy(policy, { capabilities: { [capability]: of?.(3) } })).toEqual([])
    const [line, ...more] = refusedBy(policy, { capabilities: { [capability]: of?.(4) } })
    expect(line).toMatch(/^capabilities\..* (4|with 4 (stores|queues)): the host allows 3$/)
    expect(more).toEqual([])
    expect(refusedBy({}, { capabilities: { [capability]: of?.(4) } })).toEqual([])
  })

  it('lowers quotas that a manifest leaves out, and nothing else of a grant', () => {
    const policy = policyFromObject({
      quotas: { kv: { maxKeys: 5, maxBytes: 6 }, files: { maxBytes: 7 }, log: { maxBytes: 8 } },
    })
    const given = manifestFromObject({
      name: 'shop',
      capabilities: {
        kv: { notes: { access: 'write', maxKeys: 3, maxUses: 9 } },
        files: { input: true, scratch: true },
        http: [{ host: 'a.example' }],
      },
    })
    const { manifest, lowered } = checkManifest(policy, given)
    expect(manifest.capabilities).toEqual({
      ...given.capabilities,
      kv: { notes: { access: 'write', maxKeys: 3, maxBytes: 6, maxUses: 9 } },
      files: { input: true, scratch: { maxBytes: 7 } },
      log: { maxBytes: 8 },
    })
    expect(lowered.map(({ place }) => place)).toEqual([
      'capabilities.kv.notes.maxBytes',
      'capabilities.log.maxBytes',
      'capabilities.files.scratch.maxBytes',
    ])
    expect(manifestFromObject(manifest)).toEqual(manifest)
    expect(Object.isFrozen(manifest.capabilities.kv?.['notes'])).toBe(true)
  })

  it('gives an agent the lower of two ceilings, and names the one that decides', () => {
    const tenant = { agents: ['shop'], limits: { deadlineMs: 20 } }
    const policy = { limits: { deadlineMs: 30, fuel: 5 }, tenants: { a: tenant } }
    expect(refusedBy(policy, { limits: { deadlineMs: 20, fuel: 5 } })).toEqual([])
    expect(refusedBy(policy, { limits: { deadlineMs: 25, fuel: 6 } })).toEqual([
      'limits.deadlineMs 25: the host allows 20 (tenant "a")',
      'limits.fuel 6: the host allows 5',
    ])
  })
})

const SECRET = (name: string, host: string): object => ({
  http: [{ host, headers: { authorization: `Bearer {secret:${name}}` } }],
})

describe('checkManifest(): lists', () => {
  const pairs: [string, object, Fields, Fields, string][] = [
    [
      'metering',
      { metering: ['fuel'] },
      {},
      { limits: { metering: 'watchdog' } },
      'limits.metering "watchdog": the host allows "fuel"',
    ],
    [
      'features',
      { features: ['gc'] },
      { features: ['gc'] },
      { features: ['gc', 'shared-memory'] },
      'features[1] "shared-memory": the host allows "gc"',
    ],
    [
      'networks',
      { networks: ['public'] },
      { capabilities: { http: [{ host: 'a.example' }] } },
      { capabilities: { http: [{ host: 'a.example', network: 'loopback' }] } },
      'capabilities.http[0].network "loopback": the host allows "public"',
    ],
    [
      'env',
      { env: ['APP_*', 'X'] },
      { capabilities: { config: { a: { env: 'APP_A' }, b: 'text' } } },
      { capabilities: { config: { a: { env: 'HOME' } } } },
      'capabilities.config.a.env "HOME": the host allows "APP_*", "X"',
    ],
    [
      'secrets',
      { networks: ['public'], secrets: [{ name: 'TOKEN' }] },
      { capabilities: SECRET('TOKEN', 'a.example') },
      { capabilities: SECRET('OTHER', 'a.example') },
      'capabilities.http[0].headers.authorization secret "OTHER": the host allows "TOKEN"',
    ],
    [
      'secrets by host',
      { networks: ['public'], secrets: [{ name: 'T*', hosts: ['*.example'] }] },
      { capabilities: SECRET('TOKEN', '*.a.example') },
      { capabilities: SECRET('TOKEN', 'example') },
      'capabilities.http[0].headers.authorization secret "TOKEN" for "example": the host allows it for "*.example"',
    ],
    [
      'secrets by use',
      { secrets: [{ name: 'KEY', use: ['hmac-*'] }] },
      { capabilities: { secrets: { KEY: { use: ['hmac-sha256'] } } } },
      { capabilities: { secrets: { KEY: { use: ['aes-gcm'] } } } },
      'capabilities.secrets.KEY.use secret "KEY" as "aes-gcm": the host allows it as "hmac-*"',
    ],
    [
      'secrets by reader',
      {
        secrets: [
          { name: 'OPEN', readableBy: ['shop'] },
          { name: 'KEY', readableBy: ['other'] },
        ],
      },
      { capabilities: { secrets: { OPEN: { readable: true } } } },
      { capabilities: { secrets: { KEY: { readable: true } } } },
      'capabilities.secrets.KEY.readable text of secret "KEY": the host allows it to be read by "other"',
    ],
  ]

  it.each(pairs)('%s', (_, policy, allowed, denied, line) => {
    expect(refusedBy(policy, allowed)).toEqual([])
    expect(refusedBy(policy, denied)).toEqual([line])
  })

  it.each(pairs)('%s of a tenant', (_, policy, allowed, denied, line) => {
    const own = { ...policy, tenants: { a: { agents: ['shop'], ...policy } } }
    expect(refusedBy(own, allowed)).toEqual([])
    expect(refusedBy(own, denied)).toEqual([`${line} (tenant "a")`])
    // All for the host, nothing for the tenant.
    const none = { ...policy, tenants: { a: { agents: ['shop'] } } }
    expect(refusedBy(none, denied)).not.toEqual([])
  })

  it.each([
    ['features', { features: ['gc'] }],
    ['networks', { capabilities: { http: [{ host: 'a.example' }] } }],
    ['env', { capabilities: { config: { a: { env: 'HOME' } } } }],
    ['metering', { limits: { metering: 'watchdog' } }],
    ['secrets', { capabilities: SECRET('TOKEN', 'a.example') }],
    ['keys', { capabilities: { secrets: { KEY: { use: ['hmac-sha256'] } } } }],
    ['texts', { capabilities: { secrets: { KEY: { readable: true } } } }],
  ])('%s that the policy leaves out allow nothing', (_, fields) => {
    expect(refusedBy({}, fields)).not.toEqual([])
    expect(refusedBy({}, {})).toEqual([])
  })
})

describe('checkManifest(): tenants', () => {
  const tenants = (a: object = {}, b: object = {}): object => ({
    a: { agents: ['a-*'], ...a },
    b: { agents: ['b-*'], ...b },
  })

  it('refuses an agent of no tenant, unless the policy says otherwise', () => {
    const policy = { tenants: tenants() }
    expect(refusedBy(policy, { name: 'a-x' })).toEqual([])
    expect(refusedBy(policy, { name: 'c-x' })).toEqual([
      'name "c-x": the host allows agents of its tenants, "a-*", "b-*"',
    ])
    expect(refusedBy({ ...policy, outsideTenants: 'allow' }, { name: 'c-x' })).toEqual([])
  })

  it('refuses an agent of two tenants, by the names of both', () => {
    const policy = { tenants: tenants({}, { agents: ['*-x'] }), outsideTenants: 'allow' }
    expect(refusedBy(policy, { name: 'b-x' })).toEqual([])
    expect(refusedBy(policy, { name: 'a-x' })).toEqual([
      'name "a-x": the host allows one tenant, "a", "b" have it',
    ])
  })

  it('routes', () => {
    const policy = { tenants: tenants({ routes: ['/a/*'] }) }
    for (const route of ['/a/x/*', '/a/*', '/a', '/a/x']) {
      expect(refusedBy(policy, { name: 'a-x', route })).toEqual([])
    }
    for (const route of ['/*', '/b/*', '/ab', '/']) {
      expect(refusedBy(policy, { name: 'a-x', route })).toEqual([
        `route "${route}": the host allows "/a/*" (tenant "a")`,
      ])
    }
    expect(refusedBy(policy, { name: 'a-x' })).toEqual([
      'route "/a-x/*": the host allows "/a/*" (tenant "a")',
    ])
  })

  it('routes that a tenant leaves out are those by name', () => {
    const policy = { tenants: tenants() }
    expect(refusedBy(policy, { name: 'a-x' })).toEqual([])
    expect(refusedBy(policy, { name: 'a-x', route: '/a-x' })).toEqual([])
    expect(refusedBy(policy, { name: 'a-x', route: '/b-x/*' })).toEqual([
      'route "/b-x/*": the host allows "/a-x/*" (tenant "a")',
    ])
  })

  it('hosts', () => {
    const policy = policyFromObject({ tenants: tenants({ hosts: ['*.a.example'] }) })
    const refused = (name: string, hosts: string[]): string[] => {
      const manifest = { ...manifestFromObject({ name }), hosts }
      return checkManifest(policy, manifest).refused.map(({ text }) => text)
    }
    expect(refused('a-x', ['x.a.example'])).toEqual([])
    expect(refused('a-x', ['x.a.example', 'b.example'])).toEqual([
      'hosts[1] "b.example": the host allows "*.a.example" (tenant "a")',
    ])
    expect(refused('b-x', ['b.example'])).toEqual([
      'hosts[0] "b.example": the host allows none (tenant "b")',
    ])
  })

  it('tools', () => {
    const policy = { tenants: tenants({ tools: ['b-open', 'free'] }), outsideTenants: 'allow' }
    const calls = (name: string, agent: string): string[] =>
      refusedBy(policy, { name, capabilities: { tools: { tool: { agent } } } })
    for (const [name, agent] of [
      ['a-x', 'a-y'],
      ['a-x', 'b-open'],
      ['a-x', 'free'],
      ['other', 'free'],
    ] as const) {
      expect(calls(name, agent)).toEqual([])
    }
    expect(calls('a-x', 'b-y')).toEqual([
      'capabilities.tools.tool.agent "b-y": the host allows agents of its tenant, "b-open", "free" (tenant "a")',
    ])
    expect(calls('b-x', 'free')).toEqual([
      'capabilities.tools.tool.agent "free": the host allows agents of its tenant (tenant "b")',
    ])
    expect(calls('other', 'a-x')).toEqual([
      'capabilities.tools.tool.agent "a-x": the host allows agents of no tenant',
    ])
  })
})

describe('admitManifest()', () => {
  it('returns the manifest with what is lowered', () => {
    const policy = policyFromObject({ limits: { deadlineMs: 5 } })
    const { manifest } = admitManifest(policy, manifestFromObject({ name: 'a' }))
    expect(manifest.limits.deadlineMs).toBe(5)
  })

  it('throws every line, and where the operator can change it', () => {
    const policy = policyFromObject({
      limits: { fuel: 5 },
      tenants: { a: { agents: ['shop'], limits: { deadlineMs: 5 } } },
    })
    const fields = { name: 'shop', limits: { deadlineMs: 6, fuel: 7 } }
    expect(() => admitManifest(policy, manifestFromObject(fields))).toThrow(
      expect.objectContaining({
        code: 'ERR_POLICY_DENIED',
        message: `Cannot serve agent "shop": the policy of the host refuses it
  limits.deadlineMs 6: the host allows 5 (tenant "a")
  limits.fuel 7: the host allows 5`,
        hint: 'Change agent.json, or have the operator change tenants.a.limits.deadlineMs, limits.fuel in the policy file',
      }),
    )
  })
})

it('tests cover every field of a policy', () => {
  const { properties } = policyJsonSchema() as { properties: Record<string, object> }
  const covered = [
    'limits',
    'quotas',
    'metering',
    'features',
    ...HOST_LISTS,
    'tenants',
    'outsideTenants',
    '$schema',
  ]
  expect(Object.keys(properties).filter((field) => !covered.includes(field))).toEqual([])
  expect(Object.keys(QUOTAS).toSorted()).toEqual(quotas.map((parts) => parts.join('.')).toSorted())
})
