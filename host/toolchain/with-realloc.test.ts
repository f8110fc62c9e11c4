import { parse } from '@bytecodealliance/jco'
import { describe, expect, it } from 'vitest'
import { withRealloc } from './with-realloc.ts'

interface Exports {
  cabi_realloc?: (old: number, oldSize: number, align: number, size: number) => number
}

async function exportsOf(module: Uint8Array): Promise<Exports> {
  // The cast says that the bytes are not shared.
  const { instance } = await WebAssembly.instantiate(module as Uint8Array<ArrayBuffer>, {
    host: { log: () => {} },
  })
  return instance.exports as Exports
}

const MALLOC = '(func $malloc (param i32) (result i32) (i32.add (local.get 0) (i32.const 1000)))'

describe('withRealloc()', () => {
  it.for([
    [
      'exported',
      `(module (import "host" "log" (func)) (func) ${MALLOC} (export "malloc" (func 2)))`,
    ],
    ['named', `(module (import "host" "log" (func)) (func) ${MALLOC} (memory 1))`],
  ] as const)('has the adapter call a malloc that is %s', async ([, source]) => {
    const module = withRealloc(await parse(`${source.slice(0, -1)} (export "own" (func 1)))`))
    const { cabi_realloc: realloc } = await exportsOf(module)
    expect(realloc?.(0, 0, 8, 24)).toBe(1024)
    expect(() => realloc?.(16, 8, 8, 24)).toThrow(WebAssembly.RuntimeError)
  })

  it.for([
    [
      'has the export',
      '(module (func (export "malloc") (param i32) (result i32) local.get 0) (func (export "cabi_realloc")))',
    ],
    [
      'has no malloc',
      '(module (func $allocate (param i32) (result i32) local.get 0) (export "a" (func 0)))',
    ],
    [
      'has a malloc of another type',
      '(module (func (export "malloc") (param i64) (result i32) i32.const 0))',
    ],
    [
      'imports its malloc',
      '(module (import "host" "log" (func $malloc (param i32) (result i32))) (export "malloc" (func 0)))',
    ],
    ['exports a memory of that name', '(module (memory (export "malloc") 1))'],
    ['has nothing', '(module)'],
  ])('leaves a module that %s as it is', async ([, source = '']) => {
    const module = await parse(source)
    expect(withRealloc(module)).toBe(module)
  })
})
