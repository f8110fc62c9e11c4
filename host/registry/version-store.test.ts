import { beforeEach, expect, it } from 'vitest'
import { manifestFromObject } from '../../runtime/manifest/index.ts'
import type { AgentBundle } from './agent.ts'
import { revisionOf } from './revision/index.ts'
import { memoryState, type StateStore } from './state/index.ts'
import { VersionStore } from './version-store.ts'

let state: StateStore

beforeEach(() => {
  state = memoryState()
})

function bundle(name: string, description: string, code = 1): AgentBundle {
  const manifest = manifestFromObject({ name, description })
  const component = Uint8Array.of(code, 2, 3)
  return { manifest, component, revision: revisionOf(manifest, component) }
}

it('keep() keeps a version with its component, and none before it', () => {
  const versions = new VersionStore(state)
  versions.keep(bundle('shop', 'one'))
  const before = state.list()
  versions.keep(bundle('shop', 'two'))
  expect(state.list()).toEqual(before)
  versions.keep(bundle('shop', 'three', 9))
  expect(state.list()).toHaveLength(2)
  expect(new VersionStore(state).merge([])).toEqual([bundle('shop', 'three', 9)])
})

it('keep() keeps the source map of a version, and merge() does without one that is gone', () => {
  const versions = new VersionStore(state)
  const sourceMap = new Uint8Array(new SharedArrayBuffer(3)).fill(7)
  const mapped = { ...bundle('shop', 'one'), sourceMap }
  versions.keep(mapped)
  expect(new VersionStore(state).merge([])).toEqual([mapped])
  const file = state.list().find((name) => name.endsWith('.map')) ?? ''
  state.remove(file)
  expect(new VersionStore(state).merge([])).toEqual([bundle('shop', 'one')])
  versions.keep(mapped)
  versions.keep(bundle('shop', 'two'))
  expect(state.list().filter((name) => name.endsWith('.map'))).toEqual([])
})

it('keep() leaves what other agents need, however alike their names are', () => {
  const versions = new VersionStore(state)
  const names = ['a', 'a-b', 'ab']
  for (const name of names) versions.keep(bundle(name, 'one'))
  versions.keep(bundle('a', 'two', 9))
  const served = new VersionStore(state).merge([])
  expect(served.map(({ manifest }) => manifest.name)).toEqual(names)
  expect(served[0]?.manifest.description).toBe('two')
})

it('merge() forgets a version whose base has changed, and keeps one whose base has not', () => {
  const [one, two, other] = ['one', 'two', 'other'].map((text) => bundle('shop', text))
  if (one === undefined || two === undefined || other === undefined) return expect.unreachable()
  const versions = new VersionStore(state)
  versions.merge([one])
  versions.keep(two)
  expect(new VersionStore(state).merge([one])).toEqual([two])
  expect(new VersionStore(state).merge([other])).toEqual([other])
  expect(state.list()).toEqual([])
})

it('merge() removes what a host that was killed has left, and nothing that a version needs', () => {
  new VersionStore(state).keep(bundle('shop', 'one'))
  const before = state.list()
  for (const file of ['shop.0123456789abcdef.wasm', 'gone.0123456789abcdef.wasm', 'shop.0.map'])
    state.replace(file, Uint8Array.of(1))
  expect(new VersionStore(state).merge([])).toEqual([bundle('shop', 'one')])
  expect(state.list()).toEqual(before)
})

it('merge() refuses what was changed, and what a newer host wrote, by its name', () => {
  new VersionStore(state).keep(bundle('shop', 'one'))
  const written = new TextDecoder().decode(state.read('shop.json'))
  const replace = (text: string): void => state.replace('shop.json', new TextEncoder().encode(text))
  replace(written.replace('"one"', '"name": 1'))
  expect(() => new VersionStore(state).merge([])).toThrow('Cannot read deployed agent "shop.json')
  replace(written.replace('"version":1', '"version":7'))
  expect(() => new VersionStore(state).merge([])).toThrow(
    'Cannot read deployed agent "shop.json in memory": it is of version 7, this host knows version 1',
  )
})

it('without a store, keep() keeps nothing and merge() returns what it was given', () => {
  const versions = new VersionStore(undefined)
  versions.keep(bundle('shop', 'one'))
  expect(versions.merge([])).toEqual([])
})
