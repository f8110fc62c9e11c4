/** URL and URLSearchParams. @module */
import type { Cases } from './case.ts'

const URLS: readonly (string | readonly [url: string, base: string])[] = [
  'http://example.com',
  'https://api.example.com:8443/v1/items/42?limit=10&q=a%20b+c',
  'http://example.com/a/b.txt/',
  'http://example.com/a//b',
  'http://example.com/.a',
  'http://example.com/a./b..',
  'http://localhost:8787/',
  'http://a-.example/',
  'http://xn--a.example/',
  'HTTP://EXAMPLE.com:80/A/../b/./c?q#f',
  'https://user:pa%20ss@example.com:8443/a b?x=ü#ö',
  'https://user@example.com',
  'https://:secret@example.com/',
  'http://a@b@c.example/',
  'http://example.com:99999/',
  'http://example.com:0080/',
  'http://example.com:/',
  'http://',
  'http:///example.com//x',
  'http:example.com',
  'https:\\\\example.com\\a\\b',
  'http://ex ample.com/',
  'http://exa%6Dple.com/',
  'http://exa%00mple.com/',
  'http://münchen.example/ä?ö#ü',
  'http://ÖBB.at/',
  'http://日本語.jp/パス',
  'http://xn--mnchen-3ya.de/',
  'http://faß.de/',
  'http://☃.net/',
  'http://a\u00adb.example/',
  'http://127.0.0.1/',
  'http://0x7f.1/',
  'http://017700000001/',
  'http://2130706433/',
  'http://1.2.3/',
  'http://256.1.1.1/',
  'http://1.2.3.4.5/',
  'http://1.2.3.08/',
  'http://foo.0x/',
  'http://[::1]/',
  'http://[1:2:0:0:5:0:0:0]/',
  'http://[::ffff:1.2.3.4]/',
  'http://[1::2::3]/',
  'http://[:::]/',
  'http://[::1.2.3.256]/',
  'http://[1:2:3:4:5:6:7:8:9]/',
  'http://[fe80::1%25en0]/',
  'file:///etc/passwd',
  'file://localhost/x',
  'file://host/C:/a',
  'file:///C|/a/../..',
  'file:c:\\x\\y',
  'mailto:someone@example.com?subject=a b',
  'data:text/plain,hello world',
  'data:text/plain,hello #frag',
  'javascript:alert(1)',
  'urn:isbn:0451450523',
  'blob:https://example.com/uuid',
  'custom://Host:80/a/../b?q',
  'custom:///a//b',
  'custom:/a/./b',
  'custom:/..//a',
  'ws://example.com:80/',
  'wss://example.com:443/x',
  'ftp://example.com:21/x',
  '  http://example.com/\t\n ',
  'ht\ntp://exam\tple.com/',
  '',
  'nothing',
  '//example.com',
  '1http://example.com',
  'http://example.com/%7Ea/%zz/%2e%2E/b',
  'http://example.com/a/%2e',
  'http://example.com/..',
  'http://example.com/a/b/..',
  'http://example.com/?a=\'b"<c>`{}|^',
  'http://example.com/"<>`{}|^ #"<>`{}|^ ',
  'http://example.com?',
  'http://example.com#',
  'http://example.com/?#',
  'http://example.com/\ud800',
  'http://example.com/😀?😀#😀',
  ['x', 'http://example.com/a/b?c#d'],
  ['', 'http://example.com/a/b?c#d'],
  ['?q', 'http://example.com/a/b?c#d'],
  ['#f', 'http://example.com/a/b?c#d'],
  ['/x', 'http://example.com/a/b?c#d'],
  ['//other.example/y', 'http://example.com/a/b'],
  ['\\\\other.example\\y', 'http://example.com/a/b'],
  ['../../../x', 'http://example.com/a/b/c'],
  ['.', 'http://example.com/a/b/c'],
  ['./', 'http://example.com/a/b/c'],
  ['http:x', 'http://example.com/a/b'],
  ['https:x', 'http://example.com/a/b'],
  ['x', 'mailto:a@b'],
  ['#f', 'mailto:a@b'],
  ['x:y', 'http://example.com/'],
  ['a:b/c', 'custom://h/x/y'],
  ['../z', 'custom://h/x/y'],
  ['x', 'file:///C:/a/b'],
  ['/x', 'file:///C:/a/b'],
  ['../..', 'file:///C:/a/b'],
  ['//h/x', 'file:///C:/a/b'],
  ['D:/x', 'file:///C:/a/b'],
  ['?q', 'file:///a/b'],
]

const SETTERS: readonly (readonly [url: string, property: keyof URL, value: string])[] = [
  ['http://example.com/', 'protocol', 'https:'],
  ['http://example.com:443/', 'protocol', 'https'],
  ['http://example.com/', 'protocol', 'custom'],
  ['http://example.com/', 'username', 'a b:@'],
  ['http://example.com/', 'password', 'p/w'],
  ['http://example.com/', 'host', 'other.example:8080'],
  ['http://example.com:90/', 'host', 'other.example'],
  ['http://example.com/', 'host', ''],
  ['http://example.com/', 'hostname', 'b.example:99'],
  ['http://example.com/', 'hostname', 'b c'],
  ['http://example.com/', 'hostname', '[::2]'],
  ['http://example.com/', 'port', '8080x'],
  ['http://example.com:1/', 'port', ''],
  ['http://example.com:1/', 'port', '80'],
  ['http://example.com/', 'port', '70000'],
  ['http://example.com/a?b#c', 'pathname', 'x y/../z?#'],
  ['http://example.com/a', 'pathname', ''],
  ['mailto:a@b', 'pathname', 'x'],
  ['http://example.com/a?b#c', 'search', "?ä='"],
  ['http://example.com/a?b#c', 'search', ''],
  ['http://example.com/a?b#c', 'hash', 'x y'],
  ['http://example.com/a?b#c', 'hash', ''],
  ['http://example.com/', 'href', 'nothing'],
  ['http://example.com/', 'href', 'https://x.example/y'],
]

const QUERIES = ['a=1&b=2&a=3', '?x=%20+%2B', 'a', '=b', '&&a=&', 'ä=ö%C3%BC', '%zz=%', 'a=b=c']

function describe(url: URL): Record<string, string> {
  const { href, origin, protocol, username, password, host, hostname, port } = url
  const { pathname, search, hash } = url
  return {
    href,
    origin,
    protocol,
    username,
    password,
    host,
    hostname,
    port,
    pathname,
    search,
    hash,
  }
}

export const urlCases: Cases = {
  'URL setters of hosts': () =>
    [
      ['file://y/', 'x:123'],
      ['file://y/', 'loc%41lhost'],
      ['sc://test@test/', ''],
      ['sc://test:12/', ''],
      ['sc://test/', 'a\\b'],
      ['http://test/', 'a\\b'],
    ].flatMap(([href = '', value = '']) => {
      const [host, hostname] = [new URL(href), new URL(href)]
      host.host = value
      hostname.hostname = value
      return [host.href, hostname.href]
    }),
  'URL setters: a tab in a protocol, and no path without a host': () => {
    const [protocol, path] = [new URL('http://a/'), new URL('foo:/some/path')]
    protocol.protocol = '\tht\ntps'
    path.pathname = ''
    return [protocol.href, path.href]
  },
  'URLSearchParams takes names that are no text': () => {
    const params = new URLSearchParams('null=1&a=2')
    const had = params.has(null as never)
    params.delete(null as never)
    return [had, String(params), params.get(undefined as never)]
  },
  'URLSearchParams of names that become one': () => [
    ...new URLSearchParams({ '\ud835x': '1', xx: '2', '\ud83dx': '3' }),
  ],
  ...Object.fromEntries(
    URLS.map((entry) => {
      const [url, base] = typeof entry === 'string' ? [entry, undefined] : entry
      const name = `URL ${JSON.stringify(url)}${base === undefined ? '' : ` at ${base}`}`
      return [name, (): unknown => describe(new URL(url, base))]
    }),
  ),
  ...Object.fromEntries(
    SETTERS.map(([text, property, value]) => [
      `URL ${text} ${property} = ${JSON.stringify(value)}`,
      (): unknown => {
        const url = new URL(text)
        Reflect.set(url, property, value)
        return describe(url)
      },
    ]),
  ),
  ...Object.fromEntries(
    QUERIES.map((query) => [
      `URLSearchParams ${query}`,
      (): unknown => {
        const params = new URLSearchParams(query)
        return [[...params], params.toString(), params.get('a'), params.getAll('a'), params.size]
      },
    ]),
  ),
  'URL.canParse': () => [URL.canParse('x'), URL.canParse('x', 'http://a'), URL.canParse('a:b')],
  'URL.searchParams changes the URL': () => {
    const url = new URL('http://a/?x=1&y=2#z')
    url.searchParams.append('q', 'ä b')
    url.searchParams.delete('x')
    return [url.href, String(url.searchParams)]
  },
  'URL.search changes searchParams': () => {
    const url = new URL('http://a/?x=1')
    const { searchParams } = url
    url.search = '?y=2'
    return [[...searchParams], url.searchParams === searchParams]
  },
  'URLSearchParams from a record and pairs': () => [
    String(new URLSearchParams({ a: '1 2', b: "~*-._'()!" })),
    String(
      new URLSearchParams([
        ['a', '&='],
        ['a', 'b'],
      ]),
    ),
  ],
  'URLSearchParams set, sort, has, delete with value': () => {
    const params = new URLSearchParams('z=1&a=2&z=3&ﬃ=1&🌈=2')
    params.set('z', '9')
    params.append('b', 'x')
    params.append('b', 'y')
    params.delete('b', 'x')
    params.sort()
    return [String(params), params.has('b', 'x'), params.has('b', 'y')]
  },
}
