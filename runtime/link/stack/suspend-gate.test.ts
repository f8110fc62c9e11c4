import { expect, test } from 'vitest'
import type { CoreFunction } from '../../abi/index.ts'
import { GateModule, type GateType } from './suspend-gate.ts'
import { promising } from './stack-switching.ts'
import { instantiate, loadWat } from '../testing/component.ts'

const TYPES: GateType[] = [
  { params: [], result: undefined },
  { params: ['i32', 'i64'], result: 'i64' },
  { params: ['f32', 'f64'], result: 'f64' },
  { params: Array.from({ length: 17 }, () => 'i32' as const), result: 'i32' },
]
const ARGUMENTS = [[], [1, 2n], [1.5, 2.5], Array.from({ length: 17 }, (_, index) => index)]
const RESULTS = [undefined, -5n, 0.25, 42]

test('GateModule passes values of every core type, at once and later', async () => {
  const gates = new GateModule(TYPES)
  for (const wrap of [(value: unknown) => value, (value: unknown) => Promise.resolve(value)]) {
    const seen: unknown[][] = []
    const functions = gates.instantiate(
      TYPES.map(
        (_, index) =>
          (...values: unknown[]) => (seen.push(values), wrap(RESULTS[index])),
      ),
    )
    for (const [index, gate] of functions.entries()) {
      expect(await promising(gate as CoreFunction)(...(ARGUMENTS[index] ?? []))).toBe(
        RESULTS[index],
      )
    }
    expect(seen).toEqual(ARGUMENTS)
  }
})

test('GateModule encodes more functions than fit one byte of an index', () => {
  const types = Array.from({ length: 200 }, (): GateType => ({ params: ['i32'], result: 'i32' }))
  const functions = new GateModule(types).instantiate(
    types.map((_, index) => (value: unknown) => Number(value) + index),
  )
  expect((functions[199] as (value: number) => number)(1)).toBe(200)
})

test('a guest waits through another component', async () => {
  const loaded = await loadWat(`(component
    (import "slow" (func $slow (param "n" u64) (result u64)))
    (component $inner
      (import "slow" (func $slow (param "n" u64) (result u64)))
      (core func $slow (canon lower (func $slow)))
      (core module $main (import "" "slow" (func $slow (param i64) (result i64)))
        (func (export "work") (param i64) (result i64) (i64.add (call $slow (local.get 0)) (i64.const 100))))
      (core instance $main (instantiate $main (with "" (instance (export "slow" (func $slow))))))
      (func (export "work") (param "n" u64) (result u64) (canon lift (core func $main "work"))))
    (instance $inner (instantiate $inner (with "slow" (func $slow))))
    (core func $work (canon lower (func $inner "work")))
    (core module $main (import "" "work" (func $work (param i64) (result i64)))
      (func (export "run") (param i64) (result i64)
        (i64.add (call $work (local.get 0)) (call $work (i64.add (local.get 0) (i64.const 1)))))
      (func (export "idle") (result i32) (i32.const 3)))
    (core instance $main (instantiate $main (with "" (instance (export "work" (func $work))))))
    (func (export "run") (param "n" u64) (result u64) (canon lift (core func $main "run"))))`)
  const suspending = new Set([0])
  const later = instantiate(loaded, { slow: async (n: bigint) => n * 2n }, { suspending })
  expect(await later.lookup('run').callAsync([1n])).toBe(206n)
  expect(() => later.lookup('run').call([1n])).toThrow(/Cannot wait for "slow"/)
  const atOnce = instantiate(loaded, { slow: (n: bigint) => n * 2n }, { suspending })
  expect(atOnce.lookup('run').call([1n])).toBe(206n)
  const failure = new Error('gone')
  const failing = instantiate(loaded, { slow: () => Promise.reject(failure) }, { suspending })
  await expect(failing.lookup('run').callAsync([1n])).rejects.toBe(failure)
})
