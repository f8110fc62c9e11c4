import { describe, expect, it } from 'vitest'
import { manifestFromObject, type HttpRule } from '../manifest/index.ts'
import { decideHttp } from './http-rule.ts'

/** With the defaults that the manifest's parser fills in. */
function parsed(...http: object[]): readonly HttpRule[] {
  return manifestFromObject({ name: 'tester', capabilities: { http } }).capabilities.http ?? []
}

function state(rule: object, url: string, method = 'GET'): string {
  return decideHttp(parsed(rule), { method, url: new URL(url) }).state
}

describe('decideHttp()', () => {
  const cases: [string, object, allowed: [string, string?][], denied: [string, string?][]][] = [
    [
      'compares the host exactly',
      { host: 'api.example.com' },
      [['https://api.example.com/'], ['https://API.example.com./x']],
      [
        ['https://example.com/'],
        ['https://api.example.com.evil.test/'],
        ['https://xapi.example.com/'],
      ],
    ],
    [
      'lets a wildcard stand for subdomains only',
      { host: '*.example.com' },
      [['https://a.example.com/'], ['https://a.b.example.com/']],
      [['https://example.com/'], ['https://evilexample.com/']],
    ],
    [
      'grants https only unless told otherwise',
      { host: 'a.test' },
      [['https://a.test/'], ['https://a.test:443/']],
      [['http://a.test/'], ['https://a.test:8443/'], ['http://a.test:443/']],
    ],
    [
      'grants the named port and no other',
      { host: 'a.test', scheme: 'http', port: 8080 },
      [['http://a.test:8080/']],
      [['http://a.test/'], ['https://a.test:8080/']],
    ],
    [
      'grants reading only unless told otherwise',
      { host: 'a.test' },
      [['https://a.test/', 'HEAD']],
      [
        ['https://a.test/', 'POST'],
        ['https://a.test/', 'DELETE'],
      ],
    ],
    [
      'keeps to the paths of the rule',
      { host: 'a.test', paths: ['/v1/*', '/health'] },
      [['https://a.test/v1/x'], ['https://a.test/health'], ['https://a.test/health?deep=1']],
      [
        ['https://a.test/v2'],
        ['https://a.test/v1/../v2'],
        ['https://a.test/v1/%2e%2e/v2'],
        ['https://a.test/v1/..%2fv2'],
        ['https://a.test/v1/..%5cv2'],
        ['https://a.test/healthz'],
      ],
    ],
    [
      'compares IPv6 addresses without brackets',
      { host: '::1', scheme: 'http' },
      [['http://[::1]/'], ['http://[0:0::1]/']],
      [['http://[::2]/']],
    ],
  ]
  it.each(cases)('%s', (_, rule, allowed, denied) => {
    for (const [url, method] of allowed)
      expect([url, state(rule, url, method)]).toEqual([url, 'allowed'])
    for (const [url, method] of denied)
      expect([url, state(rule, url, method)]).toEqual([url, 'denied'])
  })

  it('explains by the rule that came nearest and gives the rule that would allow it', () => {
    const decision = decideHttp(parsed({ host: 'b.test' }, { host: 'a.test' }), {
      method: 'POST',
      url: new URL('https://a.test/orders'),
    })
    expect(decision).toEqual({
      state: 'denied',
      reason: 'method "POST": GET, HEAD granted',
      hint: 'Add { "host": "a.test", "methods": ["POST"], "paths": ["/orders"] } to capabilities.http',
    })
  })

  it('gives a rule that allows what was denied', () => {
    const target = { method: 'PUT', url: new URL('http://[::1]:8080/a%2fb,"x:1') }
    const decision = decideHttp([], target)
    const hint = decision.state === 'denied' ? decision.hint : ''
    const rule: object = JSON.parse(hint.slice('Add '.length, hint.lastIndexOf('}') + 1))
    expect(decideHttp(parsed(rule), target).state).toBe('allowed')
  })
})
