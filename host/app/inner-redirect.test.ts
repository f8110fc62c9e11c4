import { describe, expect, it } from 'vitest'
import { WholeAnswer } from '../../runtime/agents/index.ts'
import { innerRedirect } from './inner-redirect.ts'

const SHOWN = 'http://host.example:8787/a/b?c'

function locationOf(location: string, status = 302): string | null {
  const whole = innerRedirect(
    new WholeAnswer(status, ['x-first', '1', 'location', location], null),
    SHOWN,
    '/shop',
  )
  const streamed = innerRedirect(
    new Response(null, { status, headers: { location } }),
    SHOWN,
    '/shop',
  )
  const [, , , ofWhole] = whole instanceof WholeAnswer ? whole.fields : []
  expect(streamed instanceof Response && streamed.headers.get('location')).toBe(ofWhole)
  return ofWhole ?? null
}

describe('innerRedirect()', () => {
  it.each([
    ['/me', '/shop/me'],
    ['/', '/shop/'],
    ['/me?d=/e#f', '/shop/me?d=/e#f'],
    ['http://host.example:8787/me', '/shop/me'],
    ['HTTP://HOST.example:8787/me', '/shop/me'],
    ['d', '/shop/a/d'],
    ['?d', '/shop/a/b?d'],
    ['../../../d', '/shop/d'],
    ['/../d', '/shop/d'],
    ['/shopping', '/shop/shopping'],
    // It leads out as written, and to another agent as the client would resolve it.
    ['/shop/../other/x', '/shop/other/x'],
    ['/shop/%2e%2e/other', '/shop/other'],
  ])('keeps %j in the folder, as %s', (location, expected) => {
    expect(locationOf(location)).toBe(expected)
  })

  it.each(['/shop', '/shop/me?d#e', 'http://host.example:8787/shop/me'])(
    'leaves the whole path %s as it is',
    (location) => {
      expect(locationOf(location)).toBe(location.replace(/^http:\/\/[^/]+/, ''))
    },
  )

  it.each([
    'https://other.example/me',
    '//other.example/me',
    '/\\other.example/me',
    'http://host.example/me',
    'mailto:a@b.example',
    'http://[',
  ])('does not touch %s, which is another server', (location) => {
    expect(locationOf(location)).toBe(location)
  })

  it('looks at redirects and at answers about something new only', () => {
    expect(locationOf('/me', 201)).toBe('/shop/me')
    expect(locationOf('/me', 200)).toBe('/me')
    expect(locationOf('/me', 404)).toBe('/me')
    const without = new WholeAnswer(302, ['x-location', '/me'], null)
    expect(innerRedirect(without, SHOWN, '/shop')).toBe(without)
  })
})
