import { describe, expect, it } from 'vitest'
import { manifestFromObject } from '../manifest/index.ts'
import { capabilityDiff, type AgentPowers, type CapabilityDiff } from './capability-diff.ts'

function powers(capabilities: object, imports: string[] = []): AgentPowers {
  return { imports, capabilities: manifestFromObject({ name: 'a', capabilities }).capabilities }
}

function diff(before: object, after: object): CapabilityDiff {
  return capabilityDiff(powers(before), powers(after))
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
    const whole = { http: [{ ...API, port: 443, paths: ['/v1/*', '/v2'] }], log: { maxBytes: 1 } }
    expect(diff(split, whole)).toEqual({ gained: [], lost: [] })
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
    [{ ...API, headers: { authorization: 'Bearer {secret:TOKEN_NAME}' } }],
  ])('sees the gain in %j', (rule) => {
    expect(diff({ http: [API] }, { http: [rule] }).gained.length).toBeGreaterThan(0)
  })

  it('sees what a component imports', () => {
    const [before, after] = [powers({}, ['mayfly:agent/kv']), powers({}, ['wasi:sockets/tcp'])]
    expect(capabilityDiff(before, after)).toEqual({
      gained: ['import wasi:sockets/tcp'],
      lost: ['import mayfly:agent/kv'],
    })
  })
})
