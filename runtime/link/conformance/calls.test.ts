/**
 * The order of a call: allocate, call, lift, clean up; and the rights of the guest at each step.
 *
 * @module
 */
import { describe, expect, it } from 'vitest'
import { instantiate, loadWat } from '../testing/component.ts'

/** Writes down every call of its allocator and its clean-up, and tells them as a list of numbers. */
const DIARY = `(component
  (core module $m
    (memory (export "memory") 1)
    (global $end (mut i32) (i32.const 1024))
    (global $free (mut i32) (i32.const 32768))
    (func $note (param i32)
      (i32.store (global.get $end) (local.get 0))
      (global.set $end (i32.add (global.get $end) (i32.const 4))))
    (func (export "realloc") (param i32 i32 i32 i32) (result i32)
      (call $note (local.get 0)) (call $note (local.get 1)) (call $note (local.get 2)) (call $note (local.get 3))
      (global.get $free)
      (global.set $free (i32.and (i32.const -8) (i32.add (i32.const 7) (i32.add (global.get $free) (local.get 3))))))
    (func (export "take") (param i32 i32) (result i32) (call $note (i32.const -1)) (local.get 1))
    (func (export "after") (param i32) (call $note (i32.const -2)) (call $note (local.get 0)))
    (func (export "diary") (result i32)
      (i32.store (i32.const 0) (i32.const 1024))
      (i32.store (i32.const 4) (i32.shr_u (i32.sub (global.get $end) (i32.const 1024)) (i32.const 2)))
      (i32.const 0)))
  (core instance $i (instantiate $m))
  (func (export "take-strings") (param "texts" (list string)) (result u32)
    (canon lift (core func $i "take") (memory (core memory $i "memory")) (realloc (core func $i "realloc")) (post-return (core func $i "after"))))
  (func (export "take-numbers") (param "numbers" (list u64)) (result u32)
    (canon lift (core func $i "take") (memory (core memory $i "memory")) (realloc (core func $i "realloc")) (post-return (core func $i "after"))))
  (func (export "diary") (result (list s32)) (canon lift (core func $i "diary") (memory (core memory $i "memory")))))`

describe('a call', async () => {
  const diary = await loadWat(DIARY)

  it('allocates with the alignment of the elements, then calls, then cleans up once', () => {
    const instance = instantiate(diary)
    expect(instance.lookup('take-numbers').call([[1n, 2n, 3n]])).toBe(3)
    const notes = [...(instance.lookup('diary').call([]) as Int32Array)]
    expect(notes).toEqual([0, 0, 8, 24, -1, -2, 3])
  })

  it('allocates the outer list before what is in it', () => {
    const instance = instantiate(diary)
    expect(instance.lookup('take-strings').call([['ab', 'cde']])).toBe(2)
    const notes = [...(instance.lookup('diary').call([]) as Int32Array)]
    expect(notes.slice(0, 4)).toEqual([0, 0, 4, 16])
    expect(notes.slice(-3)).toEqual([-1, -2, 2])
  })

  it('passes nothing on when a value does not fit, and the instance goes on', () => {
    const instance = instantiate(diary)
    expect(() => instance.lookup('take-numbers').call([[1n, 'x']])).toThrow(/arguments\[0\]\[1\]/)
    expect(instance.lookup('take-numbers').call([[5n]])).toBe(1)
  })
})

describe('variants', () => {
  it('share the bits of cases of different types', async () => {
    const loaded = await loadWat(`(component
      (core module $m (memory (export "memory") 1)
        (func (export "bits") (param $case i32) (param $payload i64) (result i64) (local.get $payload)))
      (core instance $i (instantiate $m))
      (type $v' (variant (case "a" f32) (case "b" u64) (case "c" s8) (case "d" f64) (case "e" char) (case "f")))
      (export $v "v" (type $v'))
      (func (export "bits") (param "v" $v) (result u64) (canon lift (core func $i "bits"))))`)
    const bits = (tag: string, val?: unknown): unknown =>
      instantiate(loaded).lookup('bits').call([{ tag, val }])
    expect(bits('a', 1)).toBe(0x3f80_0000n)
    expect(bits('b', 2n ** 64n - 1n)).toBe(2n ** 64n - 1n)
    expect(bits('c', -1)).toBe(0xffff_ffffn)
    expect(bits('d', -2)).toBe(0xc000_0000_0000_0000n)
    expect(bits('e', '🦟')).toBe(0x1f99fn)
    expect(bits('f')).toBe(0n)
  })

  it.for([
    ['bool', '', 2, true],
    ['char', '', 0xd800, undefined],
    ['char', '', 0x11_0000, undefined],
    ['$e', '(type $e\' (enum "x" "y")) (export $e "e" (type $e\'))', 2, undefined],
    ['$f', '(type $f\' (flags "x" "y")) (export $f "f" (type $f\'))', 255, { x: true, y: true }],
    ['u8', '', 0x1ff, 255],
    ['s8', '', 0x80, -128],
    ['s16', '', 0xffff, -1],
  ] as const)('%s %s from %s is checked or reduced', async ([type, definition, core, value]) => {
    const loaded = await loadWat(`(component
      (core module $m (func (export "run") (result i32) (i32.const ${core})))
      (core instance $i (instantiate $m)) ${definition}
      (func (export "run") (result ${type}) (canon lift (core func $i "run"))))`)
    const run = (): unknown => instantiate(loaded).lookup('run').call([])
    if (value === undefined) expect(run).toThrow(/Cannot lift|discriminant|case|char/)
    else expect(run()).toEqual(value)
  })
})

describe('what stands where in memory', () => {
  it('fields are padded to their alignment, and what is between them does not matter', async () => {
    const loaded = await loadWat(`(component
      (core module $m (memory (export "memory") 1)
        (data (i32.const 0) "\\01\\ff\\ff\\ff\\02\\00\\00\\00\\03\\ff\\ff\\ff\\ff\\ff\\ff\\ff\\04\\00\\00\\00\\00\\00\\00\\00\\05\\ff\\06\\00\\ff\\ff\\ff\\ff")
        (func (export "run") (result i32) (i32.const 0)))
      (core instance $i (instantiate $m))
      (type $r' (record (field "a" u8) (field "b" u32) (field "c" u8) (field "d" u64) (field "e" s8) (field "f" u16)))
      (export $r "r" (type $r'))
      (func (export "run") (result $r) (canon lift (core func $i "run") (memory (core memory $i "memory")))))`)
    const value = instantiate(loaded).lookup('run').call([])
    expect(value).toEqual({ a: 1, b: 2, c: 3, d: 4n, e: 5, f: 6 })
  })

  it.for([1, 2, 4])('a result area at %i is not aligned', async (at) => {
    const loaded = await loadWat(`(component
      (core module $m (memory (export "memory") 1) (func (export "run") (result i32) (i32.const ${at})))
      (core instance $i (instantiate $m))
      (func (export "run") (result (tuple u64 u8)) (canon lift (core func $i "run") (memory (core memory $i "memory")))))`)
    expect(() => instantiate(loaded).lookup('run').call([])).toThrow(/not aligned/)
  })

  it.for([65_528, 65_536, -8])('a result area at %i is outside', async (at) => {
    const loaded = await loadWat(`(component
      (core module $m (memory (export "memory") 1) (func (export "run") (result i32) (i32.const ${at})))
      (core instance $i (instantiate $m))
      (func (export "run") (result (tuple u64 u8)) (canon lift (core func $i "run") (memory (core memory $i "memory")))))`)
    expect(() => instantiate(loaded).lookup('run').call([])).toThrow(/do not fit/)
  })
})
