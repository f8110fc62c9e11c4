import type { IncomingMessage } from 'node:http'
import { describe, expect, it } from 'vitest'
import { PlainRequests } from './plain-request.ts'

function read(
  url: string,
  headers: Record<string, string> = { host: 'localhost:8787' },
  method: string = 'GET',
) {
  // The part of a message that is read.
  const incoming = { method, url, headers } as IncomingMessage
  return new PlainRequests().read(incoming)
}

describe('PlainRequests.read()', () => {
  it.each(['/', '/a', '/a/b-c/~d;e=f', '//a', '/a?', '/a?b=%20c&d=/../e?f', '/.a/b.', '/[a]'])(
    'reads %s as a parser of URLs does',
    (target) => {
      expect(read(target)?.url).toBe(new URL(`http://localhost:8787${target}`).href)
    },
  )

  it.each([
    ['the control plane', '/-/health'],
    ['its root', '/-'],
    ['the control plane, encoded', '/%2d/health'],
    ['a path that is encoded', '/a%20b'],
    ['a folder above', '/a/../-/health'],
    ['a folder above, at the end', '/a/..'],
    ['the same folder', '/./-/health'],
    ['a backslash', '/a\\..\\b'],
    ['a fragment', '/a#b'],
    ['a quote, which parsers encode', "/a?b='"],
    ['a character outside ASCII', '/\u00e9'],
    ['a whole URL', 'http://localhost:8787/'],
    ['no path', '*'],
  ])('leaves %s to the adapter', (_, target) => {
    expect(read(target)).toBeUndefined()
  })

  it.each<[string, Record<string, string>]>([
    ['without a host', {}],
    ['for a host in capitals', { host: 'Localhost' }],
    ['for an address of IPv6', { host: '[::1]:8787' }],
    ['for the default port', { host: 'localhost:80' }],
    ['for a port with a zero before it', { host: 'localhost:08787' }],
    ['with a body that GET has not', { host: 'localhost', 'content-length': '0' }],
    ['with a body in chunks', { host: 'localhost', 'transfer-encoding': 'chunked' }],
  ])('leaves a request %s to the adapter', (_, headers) => {
    expect(read('/', headers)).toBeUndefined()
  })

  it.each([
    ['0', true],
    ['65536', true],
    ['65537', undefined],
  ])('reads a POST of %s bytes, which may be there: %s', (length, hasBody) => {
    const headers = { host: 'localhost', 'content-length': length }
    expect(read('/', headers, 'POST')?.hasBody).toBe(hasBody)
    expect(read('/', { host: 'localhost' }, 'POST')?.hasBody).toBe(false)
    const chunked = { host: 'localhost', 'transfer-encoding': 'chunked' }
    expect(read('/', chunked, 'POST')).toBeUndefined()
  })

  it('keeps hosts apart', () => {
    const requests = new PlainRequests()
    for (const host of ['a.test', 'b.test', 'a.test']) {
      const incoming = { method: 'GET', url: '/', headers: { host } } as IncomingMessage
      expect(requests.read(incoming)?.url).toBe(`http://${host}/`)
    }
  })
})
