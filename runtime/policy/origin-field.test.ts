import { describe, expect, it } from 'vitest'
import { explainOrigin, mayAnswer, ORIGIN_FIELDS } from './origin-field.ts'
import type { WebOrigin } from './web-origin.ts'

const SHOP: WebOrigin = { state: 'shared', folder: '/shop', isInside: true }
const OWN: WebOrigin = { state: 'own', hosts: ['api.example.com', 'example.org'] }

const OF_THE_ORIGIN = [
  ['accept-ch', 'sec-ch-ua-model'],
  ['alt-svc', 'h2="evil.test:443"; ma=86400'],
  ['cache-group-invalidation', '"all"'],
  ['expect-ct', 'max-age=86400, enforce'],
  ['nel', '{"report_to":"e","max_age":86400}'],
  ['origin-agent-cluster', '?0'],
  ['origin-trial', 'AnToken'],
  ['public-key-pins', 'pin-sha256="x"; max-age=1'],
  ['public-key-pins-report-only', 'pin-sha256="x"'],
  ['report-to', '{"group":"e","max_age":1,"endpoints":[{"url":"https://evil.test/"}]}'],
  ['sec-session-registration', '(ES256);path="start"'],
  ['secure-session-registration', '(ES256);path="start"'],
  ['service-worker-allowed', '/'],
  ['set-cookie2', 'a=1; Path=/; Version=1'],
  ['set-login', 'logged-in'],
  ['shared-storage-write', 'clear'],
  ['strict-transport-security', 'max-age=31536000'],
  ['use-as-dictionary', 'match="/*"'],
] as const

describe('mayAnswer()', () => {
  it.each(OF_THE_ORIGIN)('keeps %s for agents that have an origin', (name, value) => {
    expect(mayAnswer(SHOP, name, value)).toBe(false)
    expect(mayAnswer({ ...SHOP, folder: '' }, name, value)).toBe(false)
    expect(mayAnswer({ ...SHOP, folder: undefined }, name, value)).toBe(false)
    expect(mayAnswer(OWN, name, value)).toBe(true)
  })

  it('lets no agent clear what belongs to others', () => {
    for (const value of ['"cache"', '"storage"', '"cookies"', '"*"'])
      expect([value, mayAnswer(SHOP, 'clear-site-data', value)]).toEqual([value, false])
    // Browsers clear the cookies of a whole site, and storage of one origin.
    for (const value of ['"cookies"', '"cache", "cookies"', '"*"', '"Cookies"'])
      expect([value, mayAnswer(OWN, 'clear-site-data', value)]).toEqual([value, false])
    for (const value of ['"cache"', '"storage"', '"cache", "storage"', '"executionContexts"'])
      expect([value, mayAnswer(OWN, 'clear-site-data', value)]).toEqual([value, true])
  })

  it.each([
    'access-control-allow-origin',
    'access-control-max-age',
    'cache-control',
    'content-security-policy',
    'cross-origin-embedder-policy',
    'cross-origin-opener-policy',
    'cross-origin-resource-policy',
    'document-policy',
    'link',
    'location',
    'no-vary-search',
    'permissions-policy',
    'referrer-policy',
    'refresh',
    'reporting-endpoints',
    'speculation-rules',
    'www-authenticate',
    'x-frame-options',
  ])('lets agents send %s, which holds for one answer', (name) => {
    expect(mayAnswer(SHOP, name, 'x')).toBe(true)
    expect(mayAnswer(OWN, name, 'x')).toBe(true)
    expect(ORIGIN_FIELDS).not.toContain(name)
  })

  it('decides about each field that is looked at', () => {
    const decided = [...OF_THE_ORIGIN.map(([name]) => name), 'clear-site-data', 'set-cookie']
    expect([...ORIGIN_FIELDS].toSorted()).toEqual(decided.toSorted())
  })
})

describe('explainOrigin()', () => {
  it('names the remedy', () => {
    const host = 'give the agent a host of its own, in "hosts" of agent.json'
    expect(explainOrigin(SHOP, 'alt-svc')).toContain(host)
    expect(explainOrigin(SHOP, 'set-cookie')).toContain('with Path=/shop, or ')
    expect(explainOrigin({ ...SHOP, folder: '' }, 'set-cookie')).toContain('with Path=/, or ')
    expect(explainOrigin({ ...SHOP, folder: undefined }, 'set-cookie')).toContain(host)
    expect(explainOrigin(OWN, 'set-cookie')).toContain('without Domain')
    expect(explainOrigin(OWN, 'clear-site-data')).toContain('"storage"')
  })
})
