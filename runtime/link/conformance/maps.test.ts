/**
 * Maps: a `Map` towards the host, a list of pairs between guests.
 *
 * @module
 */
import { beforeAll, describe, expect, it } from 'vitest'
import { instantiate, loadWat, type Loaded } from '../testing/component.ts'

/** `Count` counts the pairs it is passed; `Twice` passes it the key 7 two times. */
const WAT = `(component
  (import "last" (func $last (param "m" (map u32 u32)) (result u32)))
  (component $Count
    (core module $m (memory (export "memory") 1)
      (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 256))
      (func (export "count") (param i32 i32) (result i32) (local.get 1)))
    (core instance $i (instantiate $m))
    (func (export "count") (param "m" (map u32 u32)) (result u32)
      (canon lift (core func $i "count") (memory (core memory $i "memory")) (realloc (core func $i "realloc")))))
  (instance $count (instantiate $Count))
  (core module $libc (memory (export "memory") 1)
    (data (i32.const 16) "\\07\\00\\00\\00\\01\\00\\00\\00\\07\\00\\00\\00\\02\\00\\00\\00"))
  (core instance $libc (instantiate $libc))
  (core func $count (canon lower (func $count "count") (memory (core memory $libc "memory"))))
  (core func $last (canon lower (func $last) (memory (core memory $libc "memory"))))
  (core module $m
    (import "" "count" (func $count (param i32 i32) (result i32)))
    (import "" "last" (func $last (param i32 i32) (result i32)))
    (func (export "twice") (result i32) (call $count (i32.const 16) (i32.const 2)))
    (func (export "to-host") (result i32) (call $last (i32.const 16) (i32.const 2))))
  (core instance $i (instantiate $m
    (with "" (instance (export "count" (func $count)) (export "last" (func $last))))))
  (export "count" (func $count "count"))
  (func (export "twice") (result u32) (canon lift (core func $i "twice")))
  (func (export "to-host") (result u32) (canon lift (core func $i "to-host"))))`

let loaded: Loaded
beforeAll(async () => {
  loaded = await loadWat(WAT)
})

describe('maps', () => {
  const last = (map: ReadonlyMap<number, number>): number => map.size * 100 + (map.get(7) ?? 0)

  it('keep repeated keys between components', () => {
    expect(instantiate(loaded, { last }).lookup('twice').call([])).toBe(2)
  })

  it('are a Map for the host, with the last of equal keys', () => {
    expect(instantiate(loaded, { last }).lookup('to-host').call([])).toBe(102)
  })

  it('are taken from a Map and from nothing else', () => {
    const count = instantiate(loaded, { last }).lookup('count')
    const map = new Map([
      [1, 2],
      [3, 4],
      [5, 6],
    ])
    expect(count.call([map])).toBe(3)
    expect(() => count.call([{ 1: 2 }])).toThrow(/arguments\[0\]: expected Map, got an object/)
    expect(() => count.call([[[1, 2]]])).toThrow(/expected Map, got an array/)
    expect(() => count.call([new Map([[1, 'x']])])).toThrow(/\[0\]\[0\]\[1\]: expected u32/)
  })
})
