import { parse } from '@bytecodealliance/jco'
import { describe, expect, test } from 'vitest'
import { decodeComponent } from '../component/decode-component.ts'
import { longExports, type LongExports } from './long-exports.ts'
import { readCoreModule } from './read-core-module.ts'

/** Of a module with functions that are given as text, the first exported as `f`. */
async function analyse(fields: string): Promise<LongExports> {
  const bytes = await parse(`(component (core module ${fields}))`)
  const definition = decodeComponent(bytes).definitions.find(({ kind }) => kind === 'core module')
  if (definition?.kind !== 'core module') throw new Error('no core module')
  const { start, end } = definition.range
  return longExports(readCoreModule(bytes.subarray(start, end)))
}

const ladder = (steps: number): string =>
  Array.from({ length: steps }, (_, i) =>
    i === 0 ? '(func $f0 nop)' : `(func $f${i} (call $f${i - 1}) (call $f${i - 1}))`,
  ).join('') + `(export "f" (func $f${steps - 1}))`

describe('longExports()', () => {
  test.each([
    ['a loop', '(func (export "f") (loop $l (br $l)))'],
    ['a loop in what it calls', '(func $g (loop $l (br $l))) (func (export "f") (call $g))'],
    ['recursion', '(func $f (export "f") (call $f))'],
    ['functions that call each other', '(func $g (call $f)) (func $f (export "f") (call $g))'],
    ['a tail call of itself', '(func $f (export "f") (return_call $f))'],
    [
      'a call that is not seen',
      '(table 1 funcref) (func (export "f") (call_indirect (i32.const 0)))',
    ],
    [
      'bytes to move',
      '(memory 1) (func (export "f") (memory.fill (i32.const 0) (i32.const 0) (i32.const 65536)))',
    ],
    ['a ladder of twenty calls of two', ladder(20)],
    ['a ladder of two hundred calls of two', ladder(200)],
    ['many instructions', `(func (export "f") ${'nop '.repeat(30_000)})`],
  ])('finds %s', async (_, fields) => {
    expect(await analyse(fields)).toEqual({ long: ['f'], calls: {} })
  })

  test.each([
    ['arithmetic', '(func (export "f") (drop (i32.add (i32.const 1) (i32.const 2))))'],
    ['a call', '(func $g nop) (func (export "f") (call $g) (call $g))'],
    ['a ladder of ten calls of two', ladder(10)],
    ['a loop in what it does not call', '(func (loop $l (br $l))) (func (export "f"))'],
  ])('finds that %s is short', async (_, fields) => {
    expect(await analyse(fields)).toEqual({ long: [], calls: {} })
  })

  test('names what a short function imports and calls', async () => {
    const fields = `(import "host" "now" (func $now)) (import "host" "log" (func))
      (func $g (call $now)) (func (export "f") (call $g)) (func (export "g"))`
    expect(await analyse(fields)).toEqual({
      long: [],
      calls: { f: [{ module: 'host', name: 'now' }] },
    })
  })
})
