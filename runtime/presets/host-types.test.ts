/** Imports with other types than those of the host. @module */
import { parse } from '@bytecodealliance/jco'
import { describe, expect, it } from 'vitest'
import { REQUEST_BODY_INTERFACE, RESPONSE_BODY_INTERFACE } from '../agents/index.ts'
import { hostTypes } from './host-types.gen.ts'
import { Runtime, standardCapabilities, type RuntimeOptions } from './index.ts'

const GET_CORE = '(param i32 i32 i32)'

const MANIFEST = {
  name: 'a',
  capabilities: { kv: { notes: { access: 'write' } }, config: { GREETING: 'hello' } },
}

async function load(wat: string, options: RuntimeOptions = {}): Promise<unknown> {
  const runtime = new Runtime(options)
  try {
    return await runtime.load({ component: await parse(wat), manifest: MANIFEST })
  } finally {
    await runtime.close()
  }
}

/** `wasi:keyvalue/store` with a `set` that takes values of the given type. */
function bucketOf(value: string): string {
  return component(
    'wasi:keyvalue/store@0.2.0-draft2',
    `(export "bucket" (type $b (sub resource)))
     (type $e (variant (case "no-such-store") (case "access-denied") (case "other" string)))
     (export "error" (type $err (eq $e)))
     (type $v (list ${value})) (type $r (result (error $err)))`,
    '[method]bucket.set',
    '(func (param "self" (borrow $b)) (param "key" string) (param "value" $v) (result $r))',
    '(param i32 i32 i32 i32 i32 i32)',
  )
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

describe('hostTypes', () => {
  it('has the interfaces that are provided, and no others', () => {
    const provided = standardCapabilities().flatMap(({ interfaces }) => interfaces)
    // Of our own there are two versions behind one name.
    const listed = Object.keys(hostTypes.functions).map((path) =>
      path.replace(/^(mayfly.*)@.*/, '$1'),
    )
    expect([...new Set(listed)].toSorted()).toEqual(
      [REQUEST_BODY_INTERFACE, RESPONSE_BODY_INTERFACE, ...provided].toSorted(),
    )
  })

  it('has each version of our own interfaces, with the functions of that version', () => {
    const namesOf = (path: string): string[] | undefined =>
      hostTypes.functions[path]?.split(' ').filter((_, at) => at % 2 === 0)
    expect(namesOf('mayfly:agent/tools')).toEqual(['call', 'start', 'take', 'take-blob', 'cancel'])
    expect(namesOf('mayfly:agent/tools@0.2')).toEqual(['call', 'call-for-blob'])
    expect(namesOf('mayfly:agent/poll@0.2')).toBe(undefined)
    expect(hostTypes.functions['mayfly:agent/kv@0.2']).toBe(hostTypes.functions['mayfly:agent/kv'])
  })
})

describe('Runtime.load()', () => {
  it.for<[string, string, string, string, string]>([
    ['mayfly:agent/clock@0.1.0', '', 'monotonic', '(func (result f64))', '(result f64)'],
    ['mayfly:agent/clock@0.2.0', '', 'monotonic', '(func (result f64))', '(result f64)'],
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
      'no such function',
    ],
    [
      'a name of Object.prototype',
      'wasi:random/random@0.2.0',
      'constructor',
      '(func (result u32))',
      '(result i32)',
      'no such function',
    ],
  ])('refuses %s', async ([, path, name, type, core, message]) => {
    await expect(load(component(path, '', name, type, core))).rejects.toMatchObject({
      code: 'ERR_IMPORT_UNSATISFIED',
      message: expect.stringContaining(message),
      hint: "Build it against the host's WIT of wasi:random",
    })
  })

  it('compares what a store is given', async () => {
    await expect(load(bucketOf('u8'))).resolves.toBeDefined()
    await expect(load(bucketOf('string'))).rejects.toMatchObject({
      code: 'ERR_IMPORT_UNSATISFIED',
      message:
        'Cannot link "[method]bucket.set" of "wasi:keyvalue/store@0.2.0-draft2" into agent "a": its type is another',
    })
  })

  it.for(['wasi:config/store@0.2.0-rc.1', 'wasi:config/runtime@0.2.0-draft'])(
    'compares the key of %s',
    async (path) => {
      const types = `(type $e (variant (case "upstream" string) (case "io" string)))
        (export "error" (type $err (eq $e))) (type $o (option string)) (type $l (list u8)) (type $r (result $o (error $err)))`
      const get = (key: string): string =>
        component(path, types, 'get', `(func (param "key" ${key}) (result $r))`, GET_CORE)
      await expect(load(get('string'))).resolves.toBeDefined()
      await expect(load(get('$l'))).rejects.toThrow('its type is another')
    },
  )

  it.for(['wasi:logging/logging', 'mayfly:agent/parcel', 'acme:host/log'])(
    'links "%s" of another capability only where types are not the host\'s',
    async (path) => {
      const capability = {
        name: 'other',
        interfaces: [path],
        example: '',
        configure: () => ({
          granted: true,
          prepare: () => ({ [path]: { log() {} } }),
          async [Symbol.asyncDispose]() {},
        }),
      }
      const loaded = load(component(path, '', 'log', '(func)', ''), { capabilities: [capability] })
      if (path.startsWith('acme:')) await expect(loaded).resolves.toBeDefined()
      else {
        await expect(loaded).rejects.toMatchObject({
          code: 'ERR_IMPORT_UNSATISFIED',
          message: `Cannot link "log" of "${path}" into agent "a": its type is unknown`,
        })
      }
    },
  )

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
    await expect(load(other)).rejects.toThrow('no such function')
  })
})
