import { expect, test } from 'vitest'
import { ownedIn } from './owned.ts'
import type { ValueType } from './types.ts'

const own: ValueType = { kind: 'own', resource: 3 }
const u8: ValueType = { kind: 'u8' }
const [a, b] = [{ name: 'a' }, { name: 'b' }]

function found(type: ValueType, value: unknown): unknown[] {
  const objects: unknown[] = []
  ownedIn(type)?.(value, (resource, object) => objects.push([resource, object]))
  return objects
}

test.each<[string, ValueType, unknown, unknown[]]>([
  ['itself', own, a, [a]],
  ['an option', { kind: 'option', some: own }, a, [a]],
  ['no value', { kind: 'option', some: own }, undefined, []],
  [
    'an option of an option',
    { kind: 'option', some: { kind: 'option', some: own } },
    { tag: 'some', val: a },
    [a],
  ],
  ['a list', { kind: 'list', element: own }, [a, b], [a, b]],
  ['a map', { kind: 'map', key: u8, value: own }, new Map([[1, a]]), [a]],
  ['a tuple', { kind: 'tuple', elements: [u8, own] }, [1, b], [b]],
  [
    'a record',
    { kind: 'record', fields: [{ name: 'the-file', type: own }] },
    { theFile: a, other: b },
    [a],
  ],
  [
    'a variant',
    { kind: 'variant', cases: [{ name: 'none' }, { name: 'some', type: own }] },
    { tag: 'some', val: a },
    [a],
  ],
  ['an error', { kind: 'result', ok: u8, error: own }, { tag: 'err', val: a }, [a]],
  ['the other case', { kind: 'result', ok: own, error: u8 }, { tag: 'err', val: a }, []],
])('ownedIn() finds resources: %s', (_, type, value, objects) => {
  expect(found(type, value)).toEqual(objects.map((object) => [3, object]))
})

test.each<ValueType>([
  u8,
  { kind: 'borrow', resource: 3 },
  { kind: 'list', element: u8 },
  { kind: 'result', ok: u8 },
  { kind: 'record', fields: [{ name: 'n', type: u8 }] },
])('ownedIn() has nothing to look for in $kind', (type) => {
  expect(ownedIn(type)).toBeUndefined()
})

test.each([undefined, null, 7, 'text', [], {}, { tag: 'none' }, [[7]]])(
  'ownedIn() takes any value of a host: %j',
  (value) => {
    const type: ValueType = {
      kind: 'list',
      element: { kind: 'result', ok: { kind: 'tuple', elements: [own, own] } },
    }
    expect(found(type, value)).toEqual([])
    expect(found({ kind: 'tuple', elements: [type] }, value)).toEqual([])
  },
)
