/**
 * Components made of components, and the state that they share or do not share.
 *
 * @module
 */
import { describe, expect, it } from 'vitest'
import { instantiate, loadWat } from '../testing/component.ts'

/** A component that counts, on top of the `base` that it imports. */
const COUNTER = `(component $Counter
  (import "base" (func $base (result u32)))
  (core func $base (canon lower (func $base)))
  (core module $m
    (import "" "base" (func $base (result i32)))
    (global $n (mut i32) (i32.const 0))
    (func (export "count") (result i32)
      (global.set $n (i32.add (global.get $n) (i32.const 1)))
      (i32.add (call $base) (global.get $n))))
  (core instance $i (instantiate $m (with "" (instance (export "base" (func $base))))))
  (func (export "count") (result u32) (canon lift (core func $i "count"))))`

describe('instances', () => {
  it('of one component have state of their own', async () => {
    const loaded = await loadWat(`(component
      (import "host" (func $host (result u32)))
      ${COUNTER}
      (instance $a (instantiate $Counter (with "base" (func $host))))
      (instance $b (instantiate $Counter (with "base" (func $host))))
      (export "a" (func $a "count")) (export "b" (func $b "count")))`)
    const instance = instantiate(loaded, { host: { default: () => 100 } })
    const [a, b] = ['a', 'b'].map((name) => instance.lookup(name))
    expect([a?.call([]), a?.call([]), b?.call([]), a?.call([])]).toEqual([101, 102, 101, 103])
  })

  it('see what they are given, not what the host has', async () => {
    const loaded = await loadWat(`(component
      (import "host" (func $host (result u32)))
      ${COUNTER}
      (instance $real (instantiate $Counter (with "base" (func $host))))
      (instance $virtual (instantiate $Counter (with "base" (func $real "count"))))
      (instance $twice (instantiate $Counter (with "base" (func $virtual "count"))))
      (export "virtual" (func $virtual "count")) (export "twice" (func $twice "count")))`)
    const instance = instantiate(loaded, { host: { default: () => 0 } })
    // Each call counts in every layer below.
    expect(instance.lookup('virtual').call([])).toBe(2)
    expect(instance.lookup('twice').call([])).toBe(5)
    expect(instance.lookup('virtual').call([])).toBe(6)
  })

  it('may be exported under several names, and are the same', async () => {
    const loaded = await loadWat(`(component
      (import "host" (func $host (result u32)))
      ${COUNTER}
      (instance $a (instantiate $Counter (with "base" (func $host))))
      (instance $one (export "count" (func $a "count")))
      (instance $two (export "count" (func $a "count")))
      (export "t:t/one" (instance $one)) (export "t:t/two" (instance $two)))`)
    const instance = instantiate(loaded, { host: { default: () => 0 } })
    expect(instance.lookup('t:t/one#count').call([])).toBe(1)
    expect(instance.lookup('t:t/two#count').call([])).toBe(2)
  })

  /** `run` of the parent calls its child, and the child calls `back`: with `1` that is the parent again. */
  const PARENT = `(component $Parent
    (component $Child
      (import "back" (func $back (param "n" u32)))
      (core func $back (canon lower (func $back)))
      (core module $m (import "" "back" (func $back (param i32)))
        (func (export "go") (param i32) (call $back (local.get 0))))
      (core instance $i (instantiate $m (with "" (instance (export "back" (func $back))))))
      (func (export "go") (param "n" u32) (canon lift (core func $i "go"))))
    (core module $Table (table (export "t") 1 funcref) (global $calls (mut i32) (i32.const 0))
      (type $f (func (param i32)))
      (func (export "calls") (result i32) (global.get $calls))
      (func (export "back") (param i32)
        (global.set $calls (i32.add (global.get $calls) (i32.const 1)))
        (if (local.get 0) (then (call_indirect (type $f) (i32.const 0) (i32.const 0))))))
    (core instance $table (instantiate $Table))
    (func $back (param "n" u32) (canon lift (core func $table "back")))
    (instance $child (instantiate $Child (with "back" (func $back))))
    (core func $go (canon lower (func $child "go")))
    (core module $m (import "" "go" (func $go (param i32))) (import "" "t" (table 1 funcref))
      (elem (i32.const 0) func $go)
      (func (export "run") (param i32) (call $go (local.get 0))))
    (core instance $i (instantiate $m (with "" (instance (export "go" (func $go)) (export "t" (table $table "t"))))))
    (func (export "run") (param "n" u32) (canon lift (core func $i "run")))
    (func (export "calls") (result u32) (canon lift (core func $table "calls")))
    (export "go" (func $child "go")))`

  it('call their children, which may call them back', async () => {
    const loaded = await loadWat(PARENT)
    const instance = instantiate(loaded)
    instance.lookup('run').call([0])
    instance.lookup('go').call([0])
    expect(instance.lookup('calls').call([])).toBe(2)
    expect(instance.poisoned).toBe(false)
  })

  it('cannot be entered again by way of their parent', async () => {
    const loaded = await loadWat(PARENT)
    for (const name of ['run', 'go']) {
      expect(() => instantiate(loaded).lookup(name).call([1])).toThrow(/already entered/)
    }
  })

  it('cannot be entered again by way of the host', async () => {
    const loaded = await loadWat(`(component
      (import "host" (func $host))
      (core func $host (canon lower (func $host)))
      (core module $m (import "" "host" (func $host)) (func (export "run") (call $host)))
      (core instance $i (instantiate $m (with "" (instance (export "host" (func $host))))))
      (func (export "run") (canon lift (core func $i "run"))))`)
    const instance = instantiate(loaded, {
      host: { default: () => instance.lookup('run').call([]) },
    })
    expect(() => instance.lookup('run').call([])).toThrow(/is in a call/)
  })
})

describe('shared-everything linking', () => {
  const LIBRARY = `(core module $Memory (memory (export "memory") 1)
      (global $end (mut i32) (i32.const 64))
      (func (export "malloc") (param i32) (result i32)
        (global.get $end) (global.set $end (i32.add (global.get $end) (local.get 0)))))
    (core module $Library
      (import "libc" "memory" (memory 1)) (import "libc" "malloc" (func $malloc (param i32) (result i32)))
      (func (export "box") (param i32) (result i32) (local $at i32)
        (local.set $at (call $malloc (i32.const 4)))
        (i32.store (local.get $at) (local.get 0)) (local.get $at)))
    (core module $Main
      (import "libc" "memory" (memory 1)) (import "libc" "malloc" (func $malloc (param i32) (result i32)))
      (import "library" "box" (func $box (param i32) (result i32)))
      (func (export "run") (param i32) (result i32)
        (drop (call $malloc (i32.const 8)))
        (i32.add (i32.load (call $box (local.get 0))) (call $malloc (i32.const 0)))))`

  it('modules of a component share a memory; another instance of it has another', async () => {
    const loaded = await loadWat(`(component
      (component $App ${LIBRARY}
        (core instance $libc (instantiate $Memory))
        (core instance $library (instantiate $Library (with "libc" (instance $libc))))
        (core instance $main (instantiate $Main (with "libc" (instance $libc)) (with "library" (instance $library))))
        (func (export "run") (param "n" u32) (result u32) (canon lift (core func $main "run"))))
      (instance $a (instantiate $App)) (instance $b (instantiate $App))
      (export "a" (func $a "run")) (export "b" (func $b "run")))`)
    const instance = instantiate(loaded)
    const [a, b] = ['a', 'b'].map((name) => instance.lookup(name))
    expect([a?.call([1000]), a?.call([1000]), b?.call([1000])]).toEqual([1076, 1088, 1076])
  })

  it('modules that need each other go through a table', async () => {
    const loaded = await loadWat(`(component
      (core module $Table (table (export "t") 1 funcref))
      (core module $A
        (import "" "t" (table 1 funcref)) (type $f (func (param i32) (result i32)))
        (func (export "even") (param i32) (result i32)
          (if (result i32) (i32.eqz (local.get 0)) (then (i32.const 1))
            (else (call_indirect (type $f) (i32.sub (local.get 0) (i32.const 1)) (i32.const 0))))))
      (core module $B
        (import "" "t" (table 1 funcref)) (import "a" "even" (func $even (param i32) (result i32)))
        (elem (i32.const 0) func $odd)
        (func $odd (param i32) (result i32)
          (if (result i32) (i32.eqz (local.get 0)) (then (i32.const 0))
            (else (call $even (i32.sub (local.get 0) (i32.const 1)))))))
      (core instance $table (instantiate $Table))
      (core instance $a (instantiate $A (with "" (instance $table))))
      (core instance (instantiate $B (with "" (instance $table)) (with "a" (instance $a))))
      (func (export "even") (param "n" u32) (result bool) (canon lift (core func $a "even"))))`)
    const even = instantiate(loaded).lookup('even')
    expect([0, 1, 10, 11].map((n) => even.call([n]))).toEqual([true, false, true, false])
  })
})
