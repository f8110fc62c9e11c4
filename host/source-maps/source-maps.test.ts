import { describe, expect, it } from 'vitest'
import { isSameMap, MAX_MAP_CHARACTERS, packMap, SourceMaps, unpackMap } from './index.ts'

const text = (source: string): string =>
  JSON.stringify({ version: 3, file: 'agent.js', sources: [source], mappings: 'AAAA' })

describe('packMap()', () => {
  it('keeps the fields that are used, and no source', () => {
    const full = { ...(JSON.parse(text('a.ts')) as object), sourcesContent: ['secret'], names: [] }
    expect(unpackMap(packMap(JSON.stringify(full)))).toBe(text('a.ts'))
    expect(isSameMap(packMap(text('a.ts')), packMap(text('a.ts')))).toBe(true)
    expect(isSameMap(packMap(text('a.ts')), packMap(text('b.ts')))).toBe(false)
  })

  it.each([
    ['that is long', 'x'.repeat(MAX_MAP_CHARACTERS + 1), 'characters'],
    ['that is no JSON', '{', 'not JSON'],
    ['that is null', 'null', 'version 3'],
    ['of sections', '{"version":3,"file":"a.js","sections":[]}', '"sources"'],
    ['of numbers', '{"version":3,"file":"a.js","sources":[1],"mappings":""}', '"sources"'],
    ['without a file', '{"version":3,"sources":[],"mappings":""}', '"file"'],
    ['without mappings', '{"version":3,"file":"a.js","sources":[]}', '"mappings"'],
  ])('refuses a text %s', (_, map, reason) => {
    expect(() => packMap(map)).toThrow(
      expect.objectContaining({ code: 'ERR_USAGE', message: expect.stringContaining(reason) }),
    )
  })
})

describe('SourceMaps', () => {
  const one = { name: 'shop', digest: 'sha256:1' }
  const two = { name: 'shop', digest: 'sha256:2' }

  it('map() maps texts of a version by the map of that version', () => {
    const maps = new SourceMaps()
    maps.keep(one, packMap(text('one.ts')))
    maps.keep(two, packMap(text('two.ts')))
    const place = 'agent.js:1:1'
    expect([maps.map(one, place), maps.map(two, place)]).toEqual(['one.ts:1:1', 'two.ts:1:1'])
    // An agent must not choose the map of another.
    expect(maps.map({ name: 'other', digest: one.digest }, place)).toBe(place)
    expect(maps.map({ name: 'shop', digest: undefined }, place)).toBe(place)
    maps.drop(one)
    expect([maps.map(one, place), maps.map(two, place)]).toEqual([place, 'two.ts:1:1'])
  })

  it('keep() takes a new map of the same component, and takes it away', () => {
    const maps = new SourceMaps()
    maps.keep(one, packMap(text('one.ts')))
    expect(maps.map(one, 'agent.js:1:1')).toBe('one.ts:1:1')
    maps.keep(one, packMap(text('moved.ts')))
    expect(maps.map(one, 'agent.js:1:1')).toBe('moved.ts:1:1')
    maps.keep(one, undefined)
    expect(maps.map(one, 'agent.js:1:1')).toBe('agent.js:1:1')
  })

  it('map() leaves a text as it is when the map says nonsense', () => {
    const maps = new SourceMaps()
    for (const mappings of ['####', 'AAAAAAAA;'.repeat(9), 'A'.repeat(99)]) {
      maps.keep(one, packMap(JSON.stringify({ ...JSON.parse(text('x')), sources: [], mappings })))
      expect(maps.map(one, 'at agent.js:1:1')).toBe('at agent.js:1:1')
    }
  })
})
