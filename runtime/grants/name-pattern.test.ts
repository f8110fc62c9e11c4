import { describe, expect, it } from 'vitest'
import { matchesName, matchesRoute, matchingPattern } from './name-pattern.ts'

describe('matchesName()', () => {
  it.each([
    ['shop', 'shop'],
    ['*', ''],
    ['*', 'shop'],
    ['shop-*', 'shop-'],
    ['shop-*', 'shop-cart'],
    ['*-cart', 'shop-cart'],
    ['/shop/*', '/shop/a/b'],
    ['*.example.com', 'a.b.example.com'],
    ['a*b*c', 'abc'],
    ['a*b*c', 'a-b-b-c'],
    ['a*ab', 'aab'],
    ['*a*', 'bab'],
    ['**', 'a'],
    ['a.c', 'a.c'],
  ])('"%s" stands for "%s"', (pattern, name) => {
    expect(matchesName(pattern, name)).toBe(true)
  })

  it.each([
    ['shop', 'shop-cart'],
    ['shop', 'Shop'],
    ['', 'shop'],
    ['shop-*', 'shop'],
    ['*-cart', 'cart'],
    ['shop-*', 'my-shop-cart'],
    ['/shop/*', '/shop'],
    ['*.example.com', 'example.com'],
    ['a*b*c', 'acb'],
    ['a*a', 'a'],
    ['ab*bc', 'abc'],
    ['*a*', 'bcd'],
    ['a.c', 'abc'],
    ['[a-z]', 'a'],
  ])('"%s" does not stand for "%s"', (pattern, name) => {
    expect(matchesName(pattern, name)).toBe(false)
  })

  it.each([
    ['APP_*', 'APP_SHOP_*'],
    ['*', '*'],
    ['*', 'a*b'],
    ['a*c', 'ab*c'],
    ['*_KEY', 'APP_*_KEY'],
  ])('"%s" stands for all of "%s"', (wide, narrow) => {
    expect(matchesName(wide, narrow)).toBe(true)
  })

  it.each([
    ['APP_SHOP_*', 'APP_*'],
    ['APP_*', '*'],
    ['APP', 'APP*'],
    ['a*c', 'ab*'],
    ['*_KEY', 'APP_*'],
  ])('"%s" does not stand for all of "%s"', (wide, narrow) => {
    expect(matchesName(wide, narrow)).toBe(false)
  })

  it('agrees with a regular expression on every short pattern and name', () => {
    const texts = (letters: string, most: number): string[] =>
      most === 0
        ? ['']
        : ['', ...texts(letters, most - 1).flatMap((t) => [...letters].map((l) => l + t))]
    const names = [...new Set(texts('ab', 4))]
    for (const pattern of new Set(texts('ab*', 4))) {
      const like = new RegExp(`^${pattern.replaceAll('*', '.*')}$`)
      for (const name of names) {
        expect([pattern, name, matchesName(pattern, name)]).toEqual([
          pattern,
          name,
          like.test(name),
        ])
      }
    }
  })

  it('takes no longer for patterns that make a regular expression try all ways', () => {
    const name = 'a'.repeat(10_000)
    expect(matchesName(`${'a*'.repeat(5_000)}b`, name)).toBe(false)
    expect(matchesName(`${'*a'.repeat(5_000)}*`, name)).toBe(true)
  })
})

describe('matchesRoute()', () => {
  it.each(['/shop', '/shop/*', '/shop/cart', '/shop/cart/*', '/shop/'])(
    '"/shop/*" stands for "%s"',
    (route) => {
      expect(matchesRoute('/shop/*', route)).toBe(true)
    },
  )

  it.each(['/shops', '/*', '/', '/sho', '/my/shop'])(
    '"/shop/*" does not stand for "%s"',
    (route) => {
      expect(matchesRoute('/shop/*', route)).toBe(false)
    },
  )

  it('takes a pattern without a star for one path', () => {
    expect(matchesRoute('/shop', '/shop')).toBe(true)
    expect(matchesRoute('/shop', '/shop/*')).toBe(false)
  })
})

describe('matchingPattern()', () => {
  it('returns the first pattern that stands for a name, or none', () => {
    expect(matchingPattern(['b*', 'a*', '*'], 'ab')).toBe('a*')
    expect(matchingPattern(['b*'], 'ab')).toBeUndefined()
    expect(matchingPattern([], 'ab')).toBeUndefined()
  })
})
