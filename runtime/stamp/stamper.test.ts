import { describe, expect, test } from 'vitest'
import { parse } from '@bytecodealliance/jco'
import { readFile } from 'node:fs/promises'
import { analyzeModule, codeIdentity } from '../binary/index.ts'
import { toHex } from '../encoding/index.ts'
import { differences } from './differences.ts'
import { moduleSlot, wat } from './testing/module-slot.ts'

const GROWING = `(module (memory (export "memory") 1 100) (global $g (mut i64) (i64.const 7))
  (data (i32.const 10) "abc")
  (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0)))
  (func (export "size") (result i32) (memory.size))
  (func (export "poke") (param i32) (i32.store (local.get 0) (i32.const -1)) (global.set $g (i64.const 1)))
  (func (export "peek") (param i32) (result i32) (i32.load (local.get 0))))`

describe('stamp()', () => {
  for (const marks of [false, true])
    test(`undoes growth and what was written there, ${marks ? 'with' : 'without'} marks`, async () => {
      const slot = moduleSlot(await wat(GROWING), { undoGrowth: true, marks })
      const image = slot.stamper.capture()
      for (let i = 0; i < 3; i++) {
        expect(slot.call('size')).toBe(1)
        expect(slot.call('peek', 10)).toBe(0x636261)
        expect(slot.call('grow', 3)).toBe(1)
        expect(slot.call('size')).toBe(4)
        expect(slot.call('peek', 200_000)).toBe(0)
        slot.call('poke', 200_000)
        slot.call('poke', 65_534)
        expect(differences(slot.stamper.state, image, slot.store)).not.toEqual([])
        expect(slot.stamper.stamp(image)).toBe('stamped')
        expect(differences(slot.stamper.state, image, slot.store)).toEqual([])
      }
      expect(slot.call('grow', 100)).toBe(-1)
      expect(slot.call('grow', -1)).toBe(-1)
      expect(slot.call('grow', 90)).toBe(1)
      expect(slot.stamper.stamp(image)).toBe('discard')
    })

  test('asks to discard a slot whose growth the guest would see', async () => {
    const slot = moduleSlot(await wat(GROWING))
    const image = slot.stamper.capture()
    expect(slot.stamper.stamp(image)).toBe('stamped')
    slot.call('grow', 1)
    expect(slot.stamper.stamp(image)).toBe('discard')
  })

  test('switches between images and back', async () => {
    const slot = moduleSlot(await wat(GROWING), { undoGrowth: true, marks: true })
    const first = slot.stamper.capture()
    slot.call('poke', 5000)
    slot.call('grow', 1)
    slot.call('poke', 70_000)
    const second = slot.stamper.capture()
    for (const image of [first, second, first, first, second]) {
      slot.call('poke', 40_000)
      expect(slot.stamper.stamp(image)).toBe('stamped')
      expect(differences(slot.stamper.state, image, slot.store)).toEqual([])
    }
  })

  test('keeps every bit of floats in globals', async () => {
    // A NaN that signals, and payloads that JavaScript would not keep.
    const slot = moduleSlot(
      await wat(`(module
        (global $f (mut f32) (f32.const nan:0x200001)) (global $d (mut f64) (f64.const nan:0x4000000000001))
        (global $e (mut f32) (f32.const -nan:0x7fffff)) (global $zero (mut f64) (f64.const -0))
        (func (export "f") (result i32) (i32.reinterpret_f32 (global.get $f)))
        (func (export "e") (result i32) (i32.reinterpret_f32 (global.get $e)))
        (func (export "d") (result i64) (i64.reinterpret_f64 (global.get $d)))
        (func (export "zero") (result i64) (i64.reinterpret_f64 (global.get $zero)))
        (func (export "change") (global.set $f (f32.const nan)) (global.set $d (f64.const nan))
          (global.set $e (f32.const nan)) (global.set $zero (f64.const 0))))`),
    )
    const bits = (): unknown[] => ['f', 'e', 'd', 'zero'].map((name) => slot.call(name))
    const before = [0x7fa00001, -1, 0x7ff4000000000001n, -(2n ** 63n)]
    expect(bits()).toEqual(before)
    const image = slot.stamper.capture()
    for (let round = 0; round < 2; round++) {
      slot.call('change')
      expect(bits()).not.toEqual(before)
      expect(differences(slot.stamper.state, image, slot.store)).toHaveLength(4)
      expect(slot.stamper.stamp(image)).toBe('stamped')
      expect(bits()).toEqual(before)
      expect(differences(slot.stamper.state, image, slot.store)).toEqual([])
    }
  })

  test('puts tables and references back', async () => {
    const slot = moduleSlot(
      await wat(`(module (table $t 2 funcref) (elem (i32.const 0) $a) (global $r (mut funcref) (ref.func $a))
        (func $a) (func $b) (elem declare func $b)
        (func (export "change") (table.set $t (i32.const 1) (ref.func $b)) (global.set $r (ref.func $b)))
        (func (export "grow") (drop (table.grow $t (ref.null func) (i32.const 1)))))`),
    )
    const image = slot.stamper.capture()
    expect(image.portable).toBe(false)
    slot.call('change')
    expect(differences(slot.stamper.state, image, slot.store)).toEqual([
      'global 0',
      'table 0: element 1',
    ])
    expect(slot.stamper.stamp(image)).toBe('stamped')
    expect(differences(slot.stamper.state, image, slot.store)).toEqual([])
    slot.call('grow')
    expect(slot.stamper.stamp(image)).toBe('discard')
  })
})

describe('analyzeModule()', () => {
  const REFUSED: Record<string, string> = {
    'memory 0 is shared': '(memory 1 1 shared)',
    'mutable global 0 has a type that the host cannot read':
      '(global (mut v128) (v128.const i64x2 0 0))',
    'it drops data segment 0, which it also reads': `(memory 1) (data $d "x") (func
      (memory.init $d (i32.const 0) (i32.const 0) (i32.const 1)) (data.drop $d))`,
    'it drops element segment 0, which it also reads': `(table 1 funcref) (elem $e func) (func
      (table.init $e (i32.const 0) (i32.const 0) (i32.const 0)) (elem.drop $e))`,
    'it makes garbage-collected objects': `(type $s (struct (field (mut i32)))) (global $g (ref $s)
      (struct.new $s (i32.const 1))) (func (struct.set $s 0 (global.get $g) (i32.const 2)))`,
  }
  for (const [reason, text] of Object.entries(REFUSED))
    test(`refuses a module since ${reason}`, async () => {
      const { stampable, reasons } = analyzeModule(await wat(`(module ${text})`))
      expect(stampable).toBe(false)
      expect(reasons).toContain(reason)
    })

  test('passes a drop that nothing can notice', async () => {
    const { stampable } = analyzeModule(
      await wat('(module (memory 1) (data $d "x") (func (data.drop $d)))'),
    )
    expect(stampable).toBe(true)
  })
})

test('codeIdentity() is equal for snapshots of one program and differs with its code', async () => {
  const program = (
    pages: number,
    global: number,
    text: string,
    code = 'nop',
  ): Promise<Uint8Array> =>
    wat(`(module (memory ${pages}) (global (mut i32) (i32.const ${global}))
      (data (i32.const 1) "${text}") (func ${code}))`)
  const identity = async (module: Promise<Uint8Array>): Promise<string> =>
    toHex(codeIdentity(await module, { undoGrowth: true }))
  const first = await identity(program(1, 5, 'abc'))
  expect(await identity(program(2, 60_000, 'other'))).toBe(first)
  expect(await identity(program(1, 5, 'abc', 'unreachable'))).not.toBe(first)
})

test('the restore helper is its source', async () => {
  const source = await readFile(new URL('restore-helper.wat', import.meta.url), 'utf8')
  const code = await readFile(new URL('restore-helper.ts', import.meta.url), 'utf8')
  const binary = [...code.matchAll(/^ {2}'([0-9a-f]+)'/gm)].map(([, hex]) => hex).join('')
  // The parser adds a section of names at the end.
  const parsed = toHex(new Uint8Array(await parse(source)))
  expect(binary.length).toBeGreaterThan(1000)
  expect(parsed.startsWith(binary)).toBe(true)
})
