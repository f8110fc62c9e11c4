/** Codes and tokens of the page: what holds, for how long, and how often. */
import { describe, expect, it } from 'vitest'
import { PageKeys } from './page-keys.ts'

const MINUTE_MS = 60_000

function keysAt(clock: { ms: number }): PageKeys {
  return new PageKeys({ url: () => 'http://127.0.0.1:8788', now: () => clock.ms })
}

function codeOf({ url }: { readonly url: string }): string {
  return new URL(url).hash.slice(1)
}

function tokenOf(keys: PageKeys, code: string): string {
  const opened = keys.open(code)
  return opened.state === 'opened' ? opened.session.token : opened.state
}

describe('PageKeys', () => {
  it('link() has its code behind the #, of 128 bits that are others each time', () => {
    const keys = keysAt({ ms: 0 })
    const links = Array.from({ length: 50 }, () => keys.link())
    for (const { url } of links) expect(url).toMatch(/^http:\/\/127\.0\.0\.1:8788\/#[\w-]{22}$/)
    expect(new Set(links.map(codeOf)).size).toBe(50)
    expect(links[0]?.expiresAt).toBe('1970-01-01T00:10:00.000Z')
  })

  it('open() takes a code once', () => {
    const keys = keysAt({ ms: 0 })
    const code = codeOf(keys.link())
    const token = tokenOf(keys, code)
    expect(token).toMatch(/^mfp_[\w-]{43}$/)
    expect(keys.open(code)).toEqual({ state: 'unknown' })
    expect(keys.find(token)).toMatchObject({ state: 'page' })
  })

  it('open() takes no code after ten minutes', () => {
    const clock = { ms: 0 }
    const keys = keysAt(clock)
    const [early, late] = [codeOf(keys.link()), codeOf(keys.link())]
    clock.ms = 10 * MINUTE_MS - 1
    expect(keys.open(early).state).toBe('opened')
    clock.ms = 10 * MINUTE_MS
    expect(keys.open(late)).toEqual({ state: 'unknown' })
  })

  it('open() says when too many are wrong, takes the right one all the same, and forgets them in a minute', () => {
    const clock = { ms: 0 }
    const keys = keysAt(clock)
    const code = codeOf(keys.link())
    const states = Array.from({ length: 22 }, (_, index) => keys.open(`guess${index}`).state)
    expect(states.slice(0, 20).every((state) => state === 'unknown')).toBe(true)
    expect(states.slice(20)).toEqual(['too many', 'too many'])
    expect(keys.open(code).state).toBe('opened')
    clock.ms = MINUTE_MS + 1
    expect(keys.open('guess').state).toBe('unknown')
  })

  it('find() knows a token for twelve hours, and not once it has ended', () => {
    const clock = { ms: 0 }
    const keys = keysAt(clock)
    const [one, other] = [keys.link(), keys.link()].map((link) => tokenOf(keys, codeOf(link)))
    const session = keys.find(one ?? '')?.session ?? ''
    keys.end(session)
    expect([keys.find(one ?? ''), keys.holds(session)]).toEqual([undefined, false])
    clock.ms = 720 * MINUTE_MS - 1
    expect(keys.find(other ?? '')).toBeDefined()
    clock.ms = 720 * MINUTE_MS
    expect(keys.find(other ?? '')).toBeUndefined()
    expect(keys.find('mf_scoped')).toBeUndefined()
  })

  it('keeps sixteen links: the oldest hold no longer', () => {
    const keys = keysAt({ ms: 0 })
    const codes = Array.from({ length: 17 }, () => codeOf(keys.link()))
    expect(codes.map((code) => keys.open(code).state)).toEqual([
      'unknown',
      ...Array(16).fill('opened'),
    ])
  })
})
