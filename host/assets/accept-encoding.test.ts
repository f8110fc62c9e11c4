import { describe, expect, it } from 'vitest'
import { chooseEncoding } from './accept-encoding.ts'

const ALL = ['br', 'zstd', 'gzip'] as const

describe('chooseEncoding()', () => {
  it.each([
    [null, undefined],
    ['', undefined],
    ['gzip', 'gzip'],
    ['gzip, deflate, br', 'br'],
    ['gzip, deflate, br, zstd', 'br'],
    ['zstd, gzip', 'zstd'],
    ['GZIP ; Q=0.5 , br;q=0', 'gzip'],
    ['br;q=0.2, gzip;q=0.8', 'gzip'],
    ['x-gzip', 'gzip'],
    ['*', 'br'],
    ['*;q=0.1, br;q=0', 'zstd'],
    ['*;q=0', undefined],
    ['identity', undefined],
    ['gzip;q=0.5, identity', undefined],
    ['gzip, identity', 'gzip'],
    ['gzip;q=0.5, identity;q=0', 'gzip'],
    ['gzip;q=0', undefined],
    ['gzip;q=0.0', undefined],
    // What is no weight is not wanted.
    ['gzip;q=2', undefined],
    ['gzip;q=-1', undefined],
    ['gzip;q=0.5555', undefined],
    ['gzip;q', undefined],
    ['gzipx, brx', undefined],
    [',,;q=1,', undefined],
    [`${'a,'.repeat(5_000)}gzip`, undefined],
  ] as const)('of %j is %s', (accept, expected) => {
    expect(chooseEncoding(accept, ALL)).toBe(expected)
  })

  it('offers no more than there is', () => {
    expect(chooseEncoding('br, gzip', ['gzip'])).toBe('gzip')
    expect(chooseEncoding('br', ['gzip'])).toBeUndefined()
    expect(chooseEncoding('br', [])).toBeUndefined()
  })
})
