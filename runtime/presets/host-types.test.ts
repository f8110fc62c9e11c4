/** Imports whose types are not those of the host. @module */
import { parse } from '@bytecodealliance/jco'
import { describe, expect, it } from 'vitest'
import { Runtime } from './index.ts'

async function load(wat: string): Promise<unknown> {
  const runtime = new Runtime()
  try {
    return await runtime.load({ component: await parse(wat), manifest: { name: 'a' } })
  } finally {
    await runtime.close()
  }
}

/** Imports one function of an interface and passes it to core code. */
function component(path: string, types: string, name: string, type: string, core: string): string {
  return `(component
    (import "${path}" (instance $i ${types} (export "${name}" ${type})))
    (alias export $i "${name}" (func $f))
    (core module $libc (memory (export "m") 1)
      (func (export "r") (param i32 i32 i32 i32) (result i32) i32.const 0))
    (core instance $libc (instantiate $libc))
    (core func $g (canon lower (func $f)
      (memory (core memory $libc "m")) (realloc (core func $libc "r"))))
    (core module $m (import "h" "f" (func ${core})))
    (core instance (instantiate $m (with "h" (instance (export "f" (func $g)))))))`
}

describe('Runtime.load()', () => {
  it.for<[string, string, string, string, string]>([
    ['mayfly:agent/clock@0.1.0', '', 'monotonic', '(func (result f64))', '(result f64)'],
    ['wasi:random/random@0.2.0', '', 'get-random-u64', '(func (result u64))', '(result i64)'],
    [
      'wasi:random/random@0.2.9',
      '',
      'get-random-bytes',
      '(func (param "length" u64) (result (list u8)))',
      '(param i64 i32)',
    ],
  ])('links %s with the type of its WIT', async ([path, types, name, type, core]) => {
    await expect(load(component(path, types, name, type, core))).resolves.toBeDefined()
  })

  it.for<[string, string, string, string, string, string]>([
    [
      'a result of another type',
      'wasi:random/random@0.2.0',
      'get-random-u64',
      '(func (result s64))',
      '(result i64)',
      'its type is another',
    ],
    [
      'a text for a number',
      'wasi:random/random@0.2.0',
      'get-random-bytes',
      '(func (param "length" string) (result (list u8)))',
      '(param i32 i32 i32)',
      'its type is another',
    ],
    [
      'one parameter more',
      'wasi:random/random@0.2.0',
      'get-random-u64',
      '(func (param "x" u32) (result u64))',
      '(param i32) (result i64)',
      'its type is another',
    ],
    [
      'a function that is not there',
      'wasi:random/random@0.2.0',
      'get-random-u32',
      '(func (result u32))',
      '(result i32)',
      'there is no such function',
    ],
    [
      'a name of Object.prototype',
      'wasi:random/random@0.2.0',
      'constructor',
      '(func (result u32))',
      '(result i32)',
      'there is no such function',
    ],
  ])('refuses %s', async ([, path, name, type, core, message]) => {
    await expect(load(component(path, '', name, type, core))).rejects.toMatchObject({
      code: 'ERR_IMPORT_UNSATISFIED',
      message: expect.stringContaining(message),
      hint: 'Build the component against the WIT of wasi:random that the host has',
    })
  })

  it('refuses a resource that is another', async () => {
    const wat = component(
      'wasi:io/poll@0.2.0',
      '(export "pollable" (type $p (sub resource))) (export "other" (type $o (sub resource)))',
      '[method]pollable.ready',
      '(func (param "self" (borrow $p)) (result bool))',
      '(param i32) (result i32)',
    )
    await expect(load(wat)).resolves.toBeDefined()
    const other = wat
      .replaceAll('[method]pollable.ready', '[method]other.ready')
      .replace('(borrow $p)', '(borrow $o)')
    await expect(load(other)).rejects.toThrow('there is no such function')
  })
})
