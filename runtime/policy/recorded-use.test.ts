import { describe, expect, it } from 'vitest'
import { manifestFromObject } from '../manifest/index.ts'
import { countInMemory } from './lease.ts'
import { judgeUse } from './recorded-use.ts'

const { capabilities } = manifestFromObject({
  name: 'shop',
  capabilities: {
    http: [
      { host: 'api.example.com' },
      { host: 'some.example.com', paths: ['/v1/*'], methods: ['GET', 'POST'] },
      { host: 'odd.example.com', scheme: 'http', port: 8080 },
    ],
    kv: {
      notes: { access: 'write' },
      prices: { access: 'read' },
      past: { access: 'write', expires: '2020-01-01T00:00:00Z' },
      twice: { access: 'write', maxUses: 2 },
    },
    tools: { search: {} },
  },
})

function judge(capability: string, action: string, target: string) {
  return judgeUse(capabilities, { capability, action, target }, countInMemory())
}

describe('judgeUse()', () => {
  it.each([
    ['http', 'GET', 'api.example.com'],
    ['http', 'GET', 'odd.example.com:8080'],
    ['kv', 'set', 'notes'],
    ['kv', 'get-many', 'prices'],
    ['tools', 'call', 'search'],
  ])('allows %s %s %s', (...use) => {
    expect(judge(...use)).toEqual({ state: 'allowed' })
  })

  it.each([
    ['http', 'POST', 'api.example.com', 'method "POST": GET, HEAD granted'],
    ['http', 'GET', 'api.example.com:8443', 'port 8443: 443 granted'],
    ['http', 'GET', 'other.example.com', 'host "other.example.com": not granted'],
    ['http', 'GET', 'odd.example.com', 'port 80: 8080 granted'],
    ['kv', 'get', 'orders', 'store "orders": not granted'],
    ['kv', 'get', '__proto__', 'store "__proto__": not granted'],
    ['kv', 'set', 'prices', 'store "prices": only "read" granted'],
    ['kv', 'get', 'past', 'kv.past expired 2020-01-01T00:00:00Z'],
    ['tools', 'call', 'mail', 'tool "mail": not granted'],
  ])('denies %s %s %s', (capability, action, target, reason) => {
    expect(judge(capability, action, target)).toEqual({ state: 'denied', reason })
  })

  it('counts uses of leases', () => {
    const count = countInMemory()
    const use = { capability: 'kv', action: 'get', target: 'twice' }
    const states = [1, 2, 3].map(() => judgeUse(capabilities, use, count)?.state)
    expect(states).toEqual(['allowed', 'allowed', 'denied'])
  })

  it('cannot tell of paths, which the log does not have, nor of other capabilities', () => {
    expect(judge('http', 'POST', 'some.example.com')).toEqual({
      state: 'unknown',
      reason: 'paths are not in the log: /v1/* granted',
    })
    expect(judge('files', 'read', '/input')).toBeUndefined()
  })
})
