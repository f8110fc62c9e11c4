import { describe, expect, it } from 'vitest'
import { manifestFromObject, type HttpRule } from '../manifest/index.ts'
import { decideHttp, explainHttp } from './http-rule.ts'

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
    expect({ ...decision }).toEqual({
      state: 'denied',
      reason: 'method "POST": GET, HEAD granted',
      hint: 'Add { "host": "a.test", "methods": ["POST"], "paths": ["/orders"] } to capabilities.http',
    })
  })

  it('names the first rule that allows, whichever way its host is written', () => {
    const rules = parsed(
      { host: 'b.test' },
      { host: '*.a.test', paths: ['/v1/*'] },
      { host: 'x.a.test' },
      { host: '*.x.a.test' },
    )
    const name = (url: string) => {
      const decision = decideHttp(rules, { method: 'GET', url: new URL(url) })
      return decision.state === 'allowed' ? decision.name : decision.reason
    }
    expect(name('https://x.a.test/v1/x')).toBe('http[1]')
    expect(name('https://x.a.test/v2')).toBe('http[2]')
    expect(name('https://y.x.a.test/v1/x')).toBe('http[1]')
    expect(name('https://y.x.a.test/v2')).toBe('http[3]')
    expect(name('https://y.a.test/v2')).toBe('path "/v2": /v1/* granted')
    expect(name('https://c.test/')).toBe('host "c.test": not granted')
  })

  it.each([
    ['a Cyrillic letter', 'https://api.ex\u0430mple.com/'],
    ['a letter of full width and a suffix', 'https://api.example.com\uff0eevil.test/'],
    ['another host before an at sign', 'https://api.example.com@evil.test/'],
    ['a backslash', 'https://evil.test\\@api.example.com/'],
    ['a path that looks like a host', 'https://evil.test/api.example.com/'],
  ])('is not taken in by %s', (_, url) => {
    expect(state({ host: 'api.example.com' }, url)).toBe('denied')
  })

  it('takes full width letters for what they stand for, as the dialer does', () => {
    expect(state({ host: 'api.example.com' }, 'https://\uff41pi.example.com/')).toBe('allowed')
  })

  it('is the same for every spelling of an IPv4 address', () => {
    const rule = { host: '127.0.0.1', scheme: 'http', network: 'loopback' }
    for (const spelling of ['2130706433', '0177.0.0.1', '0x7f.1', '127.1', '127.0.0.1.']) {
      expect(state(rule, `http://${spelling}/`)).toBe('allowed')
      expect(state({ host: 'a.test', scheme: 'http' }, `http://${spelling}/`)).toBe('denied')
    }
  })

  it('decides among 200 rules about as soon as among two', () => {
    const distinct = Array.from({ length: 200 }, (_, index) => ({ host: `h${index}.test` }))
    const paths = Array.from({ length: 200 }, (_, index) => ({
      host: 'a.test',
      paths: [`/${index}`],
    }))
    const prefixes = paths.map((rule) => ({
      ...rule,
      paths: rule.paths.map((path) => `${path}/*`),
    }))
    const suffixes = Array.from({ length: 200 }, (_, index) => ({ host: `*.s${index}.test` }))
    const cases: [object[], string][] = [
      [distinct, 'https://h199.test/'],
      [distinct, 'https://other.test/'],
      [paths, 'https://a.test/199'],
      [paths, 'https://a.test/none'],
      [prefixes, 'https://a.test/199/x'],
      [suffixes, 'https://deep.down.s199.test/'],
    ]
    for (const [list, url] of cases) {
      const target = { method: 'GET', url: new URL(url) }
      const micros = (rules: readonly HttpRule[]): number =>
        medianMicros(() => decideHttp(rules, target))
      // Looked at one by one they would take a hundred times as long.
      expect(micros(parsed(...list))).toBeLessThan(20 * micros(parsed(...list.slice(-2))))
    }
  })

  it('gives a rule that allows what was denied', () => {
    const target = { method: 'PUT', url: new URL('http://[::1]:8080/a%2fb,"x:1') }
    const decision = decideHttp([], target)
    const hint = decision.state === 'denied' ? decision.hint : ''
    const rule: object = JSON.parse(hint.slice('Add '.length, hint.lastIndexOf('}') + 1))
    expect(decideHttp(parsed(rule), target).state).toBe('allowed')
  })
})

describe('decideHttp() for a WebSocket', () => {
  const url = new URL('https://a.test/feed')
  const rules = parsed({ host: 'a.test' }, { host: 'a.test', paths: ['/feed'], upgrade: true })

  it('needs a rule that grants it', () => {
    const upgrade = true
    expect(decideHttp(rules, { method: 'GET', url, upgrade })).toMatchObject({ name: 'http[1]' })
    expect(decideHttp(rules, { method: 'GET', url })).toMatchObject({ name: 'http[0]' })
    const other = { method: 'GET', url: new URL('https://a.test/other'), upgrade }
    expect(decideHttp(rules, other)).toMatchObject({
      state: 'denied',
      reason: 'a WebSocket: not granted',
    })
    const off = parsed({ host: 'a.test', upgrade: false })
    expect(decideHttp(off, { method: 'GET', url, upgrade }).state).toBe('denied')
  })
})

describe('explainHttp()', () => {
  it('says of every rule what does not match', () => {
    const rules = parsed(
      { host: 'b.test' },
      { host: 'a.test', port: 8080 },
      { host: '*.test', methods: ['POST'] },
      { host: 'a.test' },
    )
    const verdicts = explainHttp(rules, { method: 'GET', url: new URL('https://a.test/x') })
    expect(verdicts.map(({ name, reason }) => [name, reason])).toEqual([
      ['http[0]', 'host "a.test": not granted'],
      ['http[1]', 'port 443: 8080 granted'],
      ['http[2]', 'method "GET": POST granted'],
      ['http[3]', undefined],
    ])
  })
})

/** Of batches, the middle one: other work on the machine slows some of them down. */
function medianMicros(work: () => void): number {
  const batches = Array.from({ length: 21 }, () => {
    const start = performance.now()
    for (let round = 0; round < 500; round++) work()
    return ((performance.now() - start) * 1000) / 500
  })
  return batches.toSorted((left, right) => left - right)[10] ?? Infinity
}
