/**
 * Resources and agents: within a component they are strictly owned, between agents there are none.
 *
 * @module
 */
import { parse } from '@bytecodealliance/jco'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Runtime } from '../presets/index.ts'

/** Counts in a resource; `double` needs none. */
const COUNTER = `(component $Counter
  (core module $m
    (global $n (mut i32) (i32.const 0))
    (func (export "make") (param i32) (result i32) (global.set $n (local.get 0)) (i32.const 9))
    (func (export "get") (param i32) (result i32) (global.get $n))
    (func (export "double") (param i32) (result i32) (i32.mul (local.get 0) (i32.const 2))))
  (core instance $i (instantiate $m))
  (type $t (resource (rep i32)))
  (core func $new (canon resource.new $t))
  (core module $w (import "" "make" (func $make (param i32) (result i32)))
    (import "" "new" (func $new (param i32) (result i32)))
    (func (export "make") (param i32) (result i32) (call $new (call $make (local.get 0)))))
  (core instance $w (instantiate $w
    (with "" (instance (export "make" (func $i "make")) (export "new" (func $new))))))
  (func $make (param "n" u32) (result (own $t)) (canon lift (core func $w "make")))
  (func $get (param "self" (borrow $t)) (result u32) (canon lift (core func $i "get")))
  (func $double (param "n" u32) (result u32) (canon lift (core func $i "double")))
  (component $Api
    (import "t" (type $t (sub resource)))
    (import "make" (func $make (param "n" u32) (result (own $t))))
    (import "get" (func $get (param "self" (borrow $t)) (result u32)))
    (import "double" (func $double (param "n" u32) (result u32)))
    (export $c "counter" (type $t))
    (export "[constructor]counter" (func $make) (func (param "n" u32) (result (own $c))))
    (export "[method]counter.get" (func $get) (func (param "self" (borrow $c)) (result u32)))
    (export "read" (func $get) (func (param "self" (borrow $c)) (result u32)))
    (export "double" (func $double)))
  (instance $api (instantiate $Api (with "t" (type $t)) (with "make" (func $make)) (with "get" (func $get))
    (with "double" (func $double))))
  (export "acme:count/api" (instance $api)))`

const IMPORT = `(import "acme:count/api" (instance $api
    (export "counter" (type $c (sub resource)))
    (export "[constructor]counter" (func (param "n" u32) (result (own $c))))
    (export "[method]counter.get" (func (param "self" (borrow $c)) (result u32)))
    (export "read" (func (param "self" (borrow $c)) (result u32)))
    (export "double" (func (param "n" u32) (result u32)))))`

/** `calls` are functions of the interface with their types; `run` is the code that uses them. */
const user = (calls: Readonly<Record<string, string>>, run: string): string => `(component $User
  ${IMPORT} (alias export $api "counter" (type $c))
  ${Object.keys(calls)
    .map((name, index) => `(core func $f${index} (canon lower (func $api "${name}")))`)
    .join('\n')}
  (core func $drop (canon resource.drop $c))
  (core module $m
    ${Object.values(calls)
      .map((name, index) => `(import "" "f${index}" (func $${name} (param i32) (result i32)))`)
      .join('\n')}
    (import "" "drop" (func $drop (param i32)))
    (func (export "run") (param i32) (result i32) ${run}))
  (core instance $i (instantiate $m (with "" (instance (export "drop" (func $drop))
    ${Object.keys(calls)
      .map((_, index) => `(export "f${index}" (func $f${index}))`)
      .join('\n')}))))
  (func (export "run") (param "n" u32) (result u32) (canon lift (core func $i "run"))))`

const MAKE = '[constructor]counter'
const GET = '[method]counter.get'
const VALUES = user({ double: 'double' }, '(call $double (local.get 0))')
const COUNTS = user(
  { [MAKE]: 'make', [GET]: 'get' },
  `(local i32) (local.set 1 (call $make (local.get 0)))
   (local.set 0 (call $get (local.get 1))) (call $drop (local.get 1)) (local.get 0)`,
)

const manifest = {
  name: 'user',
  capabilities: { tools: { counter: { provides: ['acme:count/api'] } } },
}

describe('an agent that imports an interface with resources from another', () => {
  let runtime: Runtime
  beforeEach(async () => {
    runtime = new Runtime()
    await runtime.load({ component: await parse(COUNTER), manifest: { name: 'counter' } })
  })
  afterEach(() => runtime.close())

  it('may call what passes values', async () => {
    const agent = await runtime.load({ component: await parse(VALUES), manifest })
    expect(await agent.call('run', [21])).toBe(42)
  })

  it.for([
    ['a constructor', user({ [MAKE]: 'make' }, '(call $make (local.get 0))'), MAKE],
    ['a method', user({ [GET]: 'get' }, '(call $get (local.get 0))'), GET],
    ['a function that borrows', user({ read: 'read' }, '(call $read (local.get 0))'), 'read'],
  ] as const)('is refused when it uses %s', async ([, text, name]) => {
    const loading = runtime.load({ component: await parse(text), manifest })
    await expect(loading).rejects.toMatchObject({
      code: 'ERR_IMPORT_UNSATISFIED',
      message: `Cannot link "${name}" of "acme:count/api" into agent "user": agents pass values to each other, not resources`,
      hint: expect.stringContaining('compose'),
    })
    expect(runtime.agents).toHaveLength(1)
  })

  it('is one agent when the two are composed', async () => {
    const composed = await parse(`(component ${COUNTER} ${COUNTS}
      (instance $counter (instantiate $Counter))
      (instance $user (instantiate $User (with "acme:count/api" (instance $counter "acme:count/api"))))
      (export "run" (func $user "run")))`)
    const agent = await runtime.load({ component: composed, manifest: { name: 'composed' } })
    for (const n of [7, 8]) expect(await agent.call('run', [n])).toBe(n)
  })
})
