import { describe, expect, it } from 'vitest'
import { power, type Power } from '../grants/index.ts'
import { PowerIndex } from './power-index.ts'

function at(host: string, path = '/*', subject = 'http GET'): Power {
  return { ...power(subject), host, path }
}

function texts(powers: Iterable<Power>): string[] {
  return [...new Set([...powers].map(({ host, path }) => host + path))].toSorted()
}

const HOSTS = ['a.b.test', '*.b.test', '*.test', 'b.test', 'a.c.test', '*.a.b.test', '::1']
const PATHS = ['/*', '/v1/*', '/v1/x', '/v1/**', '/v10/*', '/v1']

describe('PowerIndex', () => {
  const hosts = new PowerIndex(HOSTS.map((host) => at(host)))
  const paths = new PowerIndex(PATHS.map((path) => at('a.test', path)))

  it.each([
    ['a.b.test', ['*.b.test', '*.test', 'a.b.test']],
    ['b.test', ['*.test', 'b.test']],
    ['*.b.test', ['*.b.test', '*.test']],
    ['*.a.b.test', ['*.a.b.test', '*.b.test', '*.test']],
    ['test', []],
    ['::1', ['::1']],
  ])('finds what reaches all of the host %s', (host, expected) => {
    expect(texts(hosts.wider(at(host)))).toEqual(expected.map((each) => `${each}/*`).toSorted())
  })

  it.each([
    ['a.b.test', ['*.b.test', '*.test', 'a.b.test']],
    ['*.b.test', ['*.a.b.test', '*.b.test', '*.test', 'a.b.test']],
    ['*.c.test', ['*.test', 'a.c.test']],
    ['other', []],
  ])('finds what reaches some of the host %s', (host, expected) => {
    expect(texts(hosts.common(at(host)))).toEqual(expected.map((each) => `${each}/*`).toSorted())
  })

  it.each([
    ['/v1/x', ['/*', '/v1/*', '/v1/x']],
    ['/v1/*', ['/*', '/v1/*']],
    ['/v1/*/x', ['/*', '/v1/*', '/v1/**']],
    ['/v1', ['/*', '/v1']],
  ])('finds what reaches all of the path %s', (path, expected) => {
    const found = texts(paths.wider(at('a.test', path)))
    expect(found).toEqual(expected.map((each) => `a.test${each}`).toSorted())
  })

  it.each([
    ['/v1/*', ['/*', '/v1/*', '/v1/x', '/v1/**']],
    ['/v1*', PATHS],
    ['/v2', ['/*']],
  ])('finds what reaches some of the path %s', (path, expected) => {
    const found = texts(paths.common(at('a.test', path)))
    expect(found).toEqual(expected.map((each) => `a.test${each}`).toSorted())
  })

  it('finds nothing of another subject', () => {
    expect(texts(hosts.common(at('a.b.test', '/*', 'http POST')))).toEqual([])
    expect(texts(new PowerIndex([power('kv a read')]).common(power('kv a read')))).toEqual([''])
  })

  it('finds the same as a comparison of each with each', () => {
    const all = HOSTS.flatMap((host) => PATHS.map((path) => at(host, path)))
    const index = new PowerIndex(all)
    for (const one of all) {
      const wider = all.filter((other) => reaches(other, one))
      expect(texts(index.wider(one))).toEqual(texts(wider))
      const common = all.filter((other) => overlaps(one, other))
      expect(texts(index.common(one))).toEqual(texts(common))
    }
  })
})

function reaches(wide: Power, narrow: Power): boolean {
  return hostCovers(wide.host, narrow.host) && pathCovers(wide.path, narrow.path)
}

function overlaps(one: Power, other: Power): boolean {
  return (
    (hostCovers(one.host, other.host) || hostCovers(other.host, one.host)) &&
    (pathCovers(one.path, other.path) || pathCovers(other.path, one.path))
  )
}

function hostCovers(wide: string, narrow: string): boolean {
  return wide === narrow || (wide.startsWith('*.') && narrow.endsWith(wide.slice(1)))
}

function pathCovers(wide: string, narrow: string): boolean {
  const stem = narrow.endsWith('*') ? narrow.slice(0, -1) : narrow
  return wide === narrow || (wide.endsWith('*') && stem.startsWith(wide.slice(0, -1)))
}
