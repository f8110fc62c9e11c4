import { describe, expect, it } from 'vitest'
import { mayStoreCookie } from './cookie-scope.ts'
import type { WebOrigin } from './web-origin.ts'

const INSIDE: WebOrigin = { state: 'shared', folder: '/shop', isInside: true }
/** A request to `/shop`. */
const ABOVE: WebOrigin = { ...INSIDE, isInside: false }
const REST: WebOrigin = { state: 'shared', folder: '', isInside: true }
const ONE_PATH: WebOrigin = { state: 'shared', folder: undefined, isInside: false }
const OWN: WebOrigin = { state: 'own', hosts: ['api.example.com', 'example.org'] }

describe('mayStoreCookie() where agents share an origin', () => {
  it.each([
    'a=1; Path=/shop',
    'a=1; Path=/shop/',
    'a=1; path=/shop/cart; HttpOnly; Secure; SameSite=Lax; Max-Age=60',
    'a=1;PATH = /shop/x ',
    'a=1; Path=/shop; Domain=',
    'a=1; Path=/shop; Domain',
    'a=1; Path=/shop; Path=/shop/x',
    'a=1; Expires=Wed, 21 Oct 2065 07:28:00 GMT; Path=/shop',
    'a={"x":1,"y":"b=c"}; Path=/shop',
    'a=; Path=/shop; Max-Age=0',
    '__Secure-a=1; Secure; Path=/shop',
    'a=1; Path=/shop/%2e%2e%2fx',
  ])('keeps %s', (cookie) => {
    expect(mayStoreCookie(INSIDE, cookie)).toBe(true)
    expect(mayStoreCookie(ABOVE, cookie)).toBe(true)
  })

  it.each([
    'a=1',
    'a=1; Path',
    'a=1; Path=',
    'a=1; Path=shop',
    'a',
    '',
    'a=1; Path=; Path=/shop/x',
  ])("keeps %j if the folder of its URL is the agent's", (cookie) => {
    expect(mayStoreCookie(INSIDE, cookie)).toBe(true)
    expect(mayStoreCookie(ABOVE, cookie)).toBe(false)
  })

  it.each([
    'a=1; Path=/',
    'a=1; path=/other',
    'a=1; Path=/shopping',
    'a=1; Path=/Shop',
    'a=1; Path=/shop/..',
    'a=1; Path=/shop/../other',
    'a=1; Path=/shop/%2e%2e/other',
    'a=1; Path=/shop\\..\\other',
    'a=1; Path=/shop; Path=/',
    'a=1; Path=/; Path=/shop',
    'a=1; Path="/"',
    'a=1; Path=/shop; Domain=example.com',
    'a=1; Path=/shop; Domain=localhost',
    'a=1; Path=/shop; domain = .example.com',
    'a=1; Path=/shop; Domain=example.com; Domain=',
    '__Host-a=1; Secure; Path=/',
    'a=1; Path=/shop, b=2; Path=/',
    'a=1; Path=/, b=2; Path=/shop',
    'a=1; Path=/shop,b=2; Domain=example.com',
    'Path=/; Path=/',
  ])('drops %s, which reaches other agents', (cookie) => {
    expect(mayStoreCookie(INSIDE, cookie)).toBe(false)
    expect(mayStoreCookie(ABOVE, cookie)).toBe(false)
  })

  it('lets readers of several cookies in one field see none that reaches others', () => {
    expect(mayStoreCookie(INSIDE, 'a=1; Path=/shop, b=2')).toBe(true)
    expect(mayStoreCookie(ABOVE, 'a=1; Path=/shop, b=2')).toBe(false)
  })

  it('takes all paths for those of the agent that has all that is left, but no domain', () => {
    for (const cookie of ['a=1', 'a=1; Path=/', '__Host-a=1; Secure; Path=/', 'a=1; Path=/x'])
      expect([cookie, mayStoreCookie(REST, cookie)]).toEqual([cookie, true])
    expect(mayStoreCookie(REST, 'a=1; Path=/; Domain=example.com')).toBe(false)
  })

  it('keeps none for one path, because cookies hold for all below', () => {
    for (const cookie of ['a=1', 'a=1; Path=/sw.js', 'a=1; Path=/'])
      expect([cookie, mayStoreCookie(ONE_PATH, cookie)]).toEqual([cookie, false])
  })
})

describe('mayStoreCookie() at a host of the agent', () => {
  it.each([
    'a=1',
    'a=1; Path=/',
    'a=1; Path=/anything',
    '__Host-a=1; Secure; Path=/',
    'a=1; Domain=api.example.com',
    'a=1; Domain=.API.example.com; Path=/',
    'a=1; Domain=example.org',
    'a=1; Domain=',
  ])('keeps %s', (cookie) => {
    expect(mayStoreCookie(OWN, cookie)).toBe(true)
  })

  it.each([
    'a=1; Domain=example.com',
    'a=1; Domain=.example.com',
    'a=1; Domain=com',
    'a=1; Domain=b.example.com',
    'a=1; Domain=example.com; Domain=api.example.com',
    'a=1; Domain=api.example.com; Domain=example.com',
    'a=1; Domain=api.example.com, b=2; Domain=example.com',
  ])('drops %s, which reaches hosts of others', (cookie) => {
    expect(mayStoreCookie(OWN, cookie)).toBe(false)
  })
})
