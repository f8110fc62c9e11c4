import { describe, expect, it } from 'vitest'
import { importedModules, modulesApart, preludeNatives, WEBSOCKETS } from './interface-modules.ts'
import { NATIVES } from './natives.gen.ts'

const MODULES = modulesApart('')
const namesOf = (source: string): string[] =>
  importedModules(source, MODULES).map(({ name }) => name)

describe('importedModules()', () => {
  it('has the modules that a source imports, and no other', () => {
    expect(namesOf("import { get } from 'mayfly:agent/kv@0.2.0'")).toEqual([
      'mayfly:agent/kv@0.2.0',
    ])
    expect(namesOf('import{get as a}from"mayfly:agent/kv@0.2.0"')).toHaveLength(1)
    expect(namesOf("import { get } from 'mayfly:agent/kv'")).toEqual([])
    expect(namesOf('export const handler = {}')).toEqual([])
  })

  it('has what those import as well, before them', () => {
    expect(namesOf("import { accept } from 'mayfly:agent/websocket-server@0.2.0'")).toEqual([
      WEBSOCKETS,
      'mayfly:agent/websocket-server@0.2.0',
    ])
  })
})

describe('preludeNatives()', () => {
  it('has each function of the adapter that no module binds by itself', () => {
    const bound = MODULES.flatMap(({ natives }) => natives)
    const all = [...preludeNatives(), ...bound].map(([which]) => which)
    expect(all.toSorted((a, b) => a - b)).toEqual([...NATIVES.keys()])
    expect(bound.map(([, name]) => name)).toEqual(
      expect.arrayContaining(['cryptoDigest', 'connectionDrop', 'websocketServerAccept']),
    )
    expect(preludeNatives().map(([, name]) => name)).toEqual(expect.arrayContaining(['kvGet']))
  })
})
