/**
 * The conformance suite of state stores.
 *
 * Written without a test library, as named steps that throw: the author of a store runs them under any library.
 *
 * @module
 */

import { bytes, same, text } from '../../../runtime/host-module/conformance.ts'
import type { StateStore } from './state-store.ts'

export interface StateConformanceCase {
  readonly name: string
  run(subject: StateConformanceSubject): void
}

export interface StateConformanceSubject {
  /** Returns a store over the same backend each time, empty when the case begins. */
  open(): StateStore
}

const OUTSIDE = ['', '.', '..', '../a', 'a/b', '/a', 'a\\b', '.hidden', 'a\0', 'A', 'a.new']

export const STATE_CONFORMANCE: readonly StateConformanceCase[] = [
  step('read() returns nothing for a name that is not there', (store) => {
    same(store.read('a'), undefined)
  }),
  step('replace() keeps and replaces, and keeps a copy', (store) => {
    const value = bytes('one')
    store.replace('a', value)
    value.fill(0)
    same(text(store.read('a')), 'one')
    store.replace('a', bytes('a longer two'))
    store.replace('a', bytes('3'))
    same(text(store.read('a')), '3')
    store.replace('a', bytes(''))
    same(text(store.read('a')), '')
  }),
  step('read() returns a copy, of every byte', (store) => {
    const value = Uint8Array.from({ length: 256 }, (_, index) => index)
    store.replace('a', value)
    store.read('a')?.fill(0)
    same([...(store.read('a') ?? [])].join(), [...value].join())
  }),
  step('names do not see each other, however alike they are', (store) => {
    const names = ['a', 'a-b', 'a.b', 'a_b', 'ab', 'agents.json', 'b.0a1b.wasm']
    for (const name of names) store.replace(name, bytes(name))
    for (const name of names) same(text(store.read(name)), name)
    same(store.list().join(), names.toSorted().join())
  }),
  step('list() names nothing where nothing is kept', (store) => {
    same(store.list().length, 0)
    store.replace('a', bytes('1'))
    store.remove('a')
    same(store.list().length, 0)
  }),
  step('remove() forgets one name; there may be none', (store) => {
    store.remove('a')
    store.replace('a', bytes('1'))
    store.replace('b', bytes('2'))
    store.remove('a')
    same(store.read('a'), undefined)
    same(store.list().join(), 'b')
  }),
  {
    name: 'a store that is opened again holds what it held',
    run({ open }) {
      open().replace('a', bytes('1'))
      const again = open()
      same(text(again.read('a')), '1')
      again.remove('a')
      same(open().read('a'), undefined)
    },
  },
  step('removeUnfinished() leaves all that is kept', (store) => {
    store.removeUnfinished()
    store.replace('a', bytes('1'))
    store.removeUnfinished()
    same(store.list().join(), 'a')
    same(text(store.read('a')), '1')
  }),
  step('refuses what is not a plain name', (store) => {
    for (const name of OUTSIDE) {
      for (const use of [
        store.read,
        store.remove,
        (each: string) => store.replace(each, bytes('')),
      ])
        same(
          refusalOf(() => use(name)),
          TypeError,
        )
    }
    same(store.list().length, 0)
  }),
  step('locate() tells names apart', (store) => {
    same(store.locate('agents.json').includes('agents.json'), true)
    same(store.locate('a') === store.locate('b'), false)
  }),
]

function step(name: string, run: (store: StateStore) => void): StateConformanceCase {
  return { name, run: ({ open }) => run(open()) }
}

function refusalOf(work: () => unknown): unknown {
  try {
    work()
  } catch (error) {
    return error instanceof Error ? error.constructor : error
  }
  return undefined
}
