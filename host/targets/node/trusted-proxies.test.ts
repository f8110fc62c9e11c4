/** Which client is believed: what trusted proxies add, and nothing that a client has written before. @module */
import { describe, expect, it } from 'vitest'
import type { ProxyField } from './forwarded-field.ts'
import { directPassage, TrustedProxies } from './trusted-proxies.ts'

const NETWORKS = ['10.0.0.0/8', '192.0.2.1', 'fd00::/8']

function clientOf(
  field: ProxyField,
  value: string | undefined,
  { peer = '10.0.0.1', networks = NETWORKS }: { peer?: string; networks?: string[] } = {},
): string | undefined {
  const headers = new Headers(value === undefined ? {} : { [field]: value })
  return new TrustedProxies({ networks, field }).passageOf(peer, false, headers).address
}

describe('TrustedProxies.passageOf() with X-Forwarded-For', () => {
  it.each([
    [undefined, '10.0.0.1'],
    ['203.0.113.9', '203.0.113.9'],
    ['203.0.113.9:4711', '203.0.113.9'],
    ['[2001:DB8:0::1]:80', '2001:db8::1'],
    ['2001:db8::1', '2001:db8::1'],
    ['::ffff:203.0.113.9', '203.0.113.9'],
    ['203.0.113.9, 10.1.1.1, fd00::7', '203.0.113.9'],
    ['10.2.2.2, 10.1.1.1', '10.2.2.2'],
    ['203.0.113.9, , ', '203.0.113.9'],
  ])('finds the client in %j', (value, expected) => {
    expect(clientOf('x-forwarded-for', value)).toBe(expected)
  })

  it.each([
    // What the client wrote comes before what the proxy adds.
    ['127.0.0.1, 203.0.113.9', '203.0.113.9'],
    ['127.0.0.1,203.0.113.9, 10.1.1.1', '203.0.113.9'],
    ['", 203.0.113.9', '203.0.113.9'],
    ['"127.0.0.1, 203.0.113.9', '203.0.113.9'],
    ['10.0.0.9, 203.0.113.9', '203.0.113.9'],
    // A proxy that names no client: not the entry before, which the client wrote.
    ['127.0.0.1, unknown', undefined],
    ['127.0.0.1, 999.1.1.1, 10.1.1.1', undefined],
    ['127.0.0.1, 0x7f000001', undefined],
    ['127.0.0.1, 010.0.0.1', undefined],
    ['127.0.0.1, fe80::1%eth0', undefined],
  ])('believes no client that writes %j', (value, expected) => {
    expect(clientOf('x-forwarded-for', value)).toBe(expected)
  })

  it('believes no peer that is not a proxy, and no other field', () => {
    expect(clientOf('x-forwarded-for', '127.0.0.1', { peer: '203.0.113.9' })).toBe('203.0.113.9')
    expect(clientOf('x-forwarded-for', '127.0.0.1', { peer: '192.0.2.2' })).toBe('192.0.2.2')
    expect(clientOf('x-forwarded-for', '203.0.113.9', { peer: '::ffff:192.0.2.1' })).toBe(
      '203.0.113.9',
    )
    const both = new Headers({ forwarded: 'for=127.0.0.1', 'x-forwarded-for': '203.0.113.9' })
    const proxies = new TrustedProxies({ networks: NETWORKS, field: 'x-forwarded-for' })
    expect(proxies.passageOf('10.0.0.1', false, both).address).toBe('203.0.113.9')
  })
})

describe('TrustedProxies.passageOf() with Forwarded', () => {
  it.each([
    ['for=203.0.113.9', '203.0.113.9'],
    ['For="[2001:db8::1]:4711";proto=https;by=10.0.0.1', '2001:db8::1'],
    ['proto=http; for = "203.0.113.9:80"', '203.0.113.9'],
    ['for=203.0.113.9;host="a,b", for=10.1.1.1', '203.0.113.9'],
    ['for=127.0.0.1, for=203.0.113.9', '203.0.113.9'],
    // A quote that the client leaves open does not take in what the proxy adds.
    ['for="127.0.0.1, for=203.0.113.9', '203.0.113.9'],
    ['for=127.0.0.1;x=", for=203.0.113.9', '203.0.113.9'],
    ['for=127.0.0.1, for=_hidden', undefined],
    ['for=127.0.0.1, by=10.0.0.1', undefined],
    ['for=127.0.0.1;for=203.0.113.9', undefined],
    ['for=127.0.0.1, for="203.0.113.9', undefined],
  ])('of %j is %j', (value, expected) => {
    expect(clientOf('forwarded', value)).toBe(expected)
  })
})

describe('TrustedProxies.passageOf() beside the client', () => {
  const of = (
    fields: Record<string, string>,
    peer = '10.0.0.1',
    field: ProxyField = 'x-forwarded-for',
  ) => {
    const proxies = new TrustedProxies({ networks: NETWORKS, field })
    const { isSecure, prefix } = proxies.passageOf(peer, false, new Headers(fields))
    return [isSecure, prefix]
  }

  it('has the scheme and the path of a proxy, and of no other peer', () => {
    const fields = { 'x-forwarded-proto': 'https', 'x-forwarded-prefix': '/api/v1/' }
    expect(of(fields)).toEqual([true, '/api/v1'])
    expect(of(fields, '203.0.113.9')).toEqual([false, ''])
    expect(of({ 'x-forwarded-proto': 'https, http' })).toEqual([false, ''])
    expect(
      of({ forwarded: 'for=a;proto=https, for=203.0.113.9;proto=http' }, '10.0.0.1', 'forwarded'),
    ).toEqual([false, ''])
    expect(
      of(
        { forwarded: 'for=203.0.113.9;proto=https, for=10.1.1.1;proto=http' },
        '10.0.0.1',
        'forwarded',
      ),
    ).toEqual([true, ''])
    expect(of({ 'x-forwarded-proto': 'https' }, '10.0.0.1', 'forwarded')).toEqual([false, ''])
  })

  it.each([
    '//evil.example',
    'api',
    '/a/../b',
    '/a b',
    '/a"b',
    'http://evil',
    '/..',
    `/${'a'.repeat(300)}`,
    '/a, /b',
  ])('takes no path such as %s', (prefix) => {
    expect(of({ 'x-forwarded-prefix': prefix })).toEqual([false, ''])
  })
})

describe('new TrustedProxies()', () => {
  it.each([
    '',
    '*',
    'localhost',
    '10.0.0.0/33',
    'fd00::/129',
    '10.0.0.0/',
    '10.0.0.1:80',
    '010.0.0.1',
  ])('refuses %j', (network) => {
    expect(() => new TrustedProxies({ networks: [network], field: 'forwarded' })).toThrow(
      `Cannot trust proxy "${network}": not a network`,
    )
  })
})

it('directPassage() has the other end of the connection', () => {
  expect(directPassage('::ffff:127.0.0.1', true)).toEqual({
    address: '127.0.0.1',
    isSecure: true,
    prefix: '',
  })
  expect(directPassage(undefined, false).address).toBeUndefined()
})
