/** @module */
import { describe, expect, it } from 'vitest'
import { wat } from '../../stamp/testing/module-slot.ts'
import { examineModules, MAX_FUNCTIONS } from './examine-module.ts'
import type { Feature } from './instruction-table.ts'

const UNSUPPORTED = 'ERR_COMPONENT_UNSUPPORTED'

async function examine(text: string, allowed: readonly Feature[] = []): Promise<unknown> {
  return examineModules([await wat(`(module ${text})`)], allowed)
}

describe('examineModules()', () => {
  it.for([
    ['nothing', ''],
    ['a table of host values', '(table 1 externref)'],
    ['a module named as our WIT', '(import "mayfly:agent/kv@0.1.0" "get" (func))'],
    ['exceptions with numbers', '(tag (param i32 i64 f32 f64 v128))'],
    ['sixteen values', `(tag (param ${'i64 '.repeat(16)}))`],
    ['a reference to an exception in a local', '(func (local exnref))'],
    ['a reference to an exception as a parameter', '(func (param exnref))'],
    [
      'atomic instructions on its own memory',
      '(memory 1) (func (drop (memory.atomic.notify (i32.const 0) (i32.const 0))))',
    ],
    ['a memory of 64 bits', '(memory i64 1)'],
    ['a table of 64 bits', '(table i64 1 funcref)'],
    ['recursive function types', '(rec (type $a (func (param (ref null $b)))) (type $b (func)))'],
    ['small integers as references', '(func (result i31ref) (ref.i31 (i32.const 1)))'],
  ] as const)('lets through %s', async ([, text]) => {
    expect(await examine(text)).toHaveLength(1)
  })

  it.for([
    ['an export with a reserved name', '(func (export "[mayfly]start"))', /reserved name/],
    ['an import with one', '(import "a" "[mayfly]map:x" (memory 1))', /reserved name/],
    ['an import from one', '(import "[mayfly]" "fuel" (global (mut i32)))', /reserved name/],
    ['an imported table of exceptions', '(import "a" "t" (table 1 exnref))', /table or global/],
    ['a global with an exception', '(global (ref null exn) (ref.null exn))', /table or global/],
    ['an imported tag with a reference', '(import "a" "t" (tag (param externref)))', /carry ref/],
    ['a tag with a function', '(tag (param funcref))', /carry references/],
    ['a tag with an exception', '(tag (param exnref))', /hold other exceptions/],
    ['seventeen values', `(tag (param ${'i32 '.repeat(17)}))`, /more than 16/],
    ['nine vectors', `(tag (param ${'v128 '.repeat(9)}))`, /more than 16/],
    ['a function that returns an exception', '(func (result exnref) unreachable)', /returns/],
  ] as const)('refuses %s', async ([, text, says]) => {
    await expect(examine(text, ['gc', 'shared-memory'])).rejects.toMatchObject({
      code: UNSUPPORTED,
      message: says,
    })
  })

  it.for([
    ['a struct', '(type (struct))', 'gc'],
    ['an array', '(type (array i8))', 'gc'],
    ['a struct in a group', '(rec (type (func)) (type (struct)))', 'gc'],
    ['a shared memory', '(memory 1 1 shared)', 'shared-memory'],
    ['an imported shared memory', '(import "a" "m" (memory 1 1 shared))', 'shared-memory'],
  ] as const)('lets %s through where it is allowed only', async ([, text, feature]) => {
    await expect(examine(text)).rejects.toMatchObject({ code: UNSUPPORTED, facts: { feature } })
    const other = feature === 'gc' ? 'shared-memory' : 'gc'
    await expect(examine(text, [other])).rejects.toMatchObject({ facts: { feature } })
    expect(await examine(text, [feature])).toHaveLength(1)
  })

  it.for([
    ['an object that holds exceptions', '(type (struct (field exnref)))', /object that holds/],
    ['an array of them', '(type (array exnref))', /object that holds/],
    [
      'an array whose length is computed',
      '(type $a (array i8)) (global (ref $a) (array.new_default $a (i32.add (i32.const 9) (i32.const 9))))',
      /length is no constant/,
    ],
  ] as const)('refuses %s although objects are allowed', async ([, text, says]) => {
    await expect(examine(text, ['gc'])).rejects.toMatchObject({ code: UNSUPPORTED, message: says })
  })

  it('lets exceptions carry objects where these are allowed', async () => {
    expect(await examine('(type $s (struct)) (tag (param (ref null $s)))', ['gc'])).toHaveLength(1)
  })

  it.for([
    ['memories', '(memory 1) (memory 2)', 3 * 65_536],
    ['tables', '(table 10 funcref) (table 5 externref)', 15 * 24 + 8],
    ['what it imports, not', '(import "a" "m" (memory 9)) (import "a" "t" (table 9 funcref))', 0],
    ['segments that stay', '(func $f) (elem func $f $f $f $f)', 32],
    ['segments that are gone, not', '(func $f) (table 2 funcref) (elem (i32.const 0) $f $f)', 48],
    [
      'objects in globals',
      '(type $a (array i64)) (global (ref $a) (array.new_default $a (i32.const 99)))',
      24 + 99 * 8,
    ],
    [
      'objects in elements',
      '(type $s (struct (field i64))) (elem (ref $s) (item (struct.new_default $s)))',
      24 + 8,
    ],
  ] as const)('counts %s', async ([, text, bytes]) => {
    const rounded = Math.ceil(bytes / 16) * 16
    expect(await examine(text, ['gc'])).toMatchObject([{ bytes: rounded }])
  })

  it('bounds the functions of all modules together', async () => {
    const many = functions(MAX_FUNCTIONS / 2)
    expect(await examineModules([many, many])).toHaveLength(2)
    await expect(examineModules([many, functions(MAX_FUNCTIONS / 2 + 1)])).rejects.toMatchObject({
      code: 'ERR_LIMIT_EXCEEDED',
      message: /100001 functions, 100000 allowed/,
    })
  })
})

/** A module with so many functions that do nothing. */
function functions(count: number): Uint8Array {
  const leb = (value: number): number[] => [
    (value & 127) | 128,
    ((value >> 7) & 127) | 128,
    value >> 14,
  ]
  const section = (id: number, bytes: readonly number[]): number[] => [
    id,
    ...leb(bytes.length),
    ...bytes,
  ]
  const bodies = Array.from({ length: count }, () => [2, 0, 0x0b]).flat()
  return Uint8Array.from([
    ...[0, 97, 115, 109, 1, 0, 0, 0],
    ...section(1, [1, 0x60, 0, 0]),
    ...section(3, [...leb(count), ...new Uint8Array(count)]),
    ...section(10, [...leb(count), ...bodies]),
  ])
}
