/**
 * Handles a component obtains while it initialises, and keeps in its globals: they are of the invocation that
 * runs, and of no other. Its own resources, made then, are as new in every invocation.
 *
 * @module
 */
import { parse } from '@bytecodealliance/jco'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { LogLine } from '../capabilities/log/index.ts'
import { componentOf } from '../link/testing/component.ts'
import { Runtime } from '../presets/index.ts'
import { wasiWit } from './testing/service.ts'

const STREAMS = 'wasi:io/streams@0.2.12'

/** Opens standard output before any request, and keeps the handle. */
const PROGRAM = `(module
  (import "wasi:cli/stdout@0.2.12" "get-stdout" (func $stdout (result i32)))
  (import "${STREAMS}" "[method]output-stream.blocking-write-and-flush" (func $write (param i32 i32 i32 i32)))
  (import "${STREAMS}" "[resource-drop]output-stream" (func $drop (param i32)))
  (import "$root" "pause" (func $pause (param i32) (result i32)))
  (memory (export "memory") 1)
  (global $out (mut i32) (i32.const 0))
  (func $start (global.set $out (call $stdout)) (i32.store (i32.const 512) (global.get $out)))
  (start $start)
  (func $say (param $to i32) (param $n i32)
    (i32.store8 (i32.const 0) (i32.add (i32.const 48) (local.get $n)))
    (i32.store8 (i32.const 1) (i32.const 10))
    (call $write (local.get $to) (i32.const 0) (i32.const 2) (i32.const 16)))
  ;; Says its number, lets others run, and says it again.
  (func (export "twice") (param i32) (result i32)
    (call $say (global.get $out) (local.get 0))
    (drop (call $pause (local.get 0)))
    (call $say (global.get $out) (local.get 0))
    (global.get $out))
  ;; Leaves as many handles behind as it can, and drops the first.
  (func (export "hoard") (param i32) (result i32)
    (loop $more
      (drop (call $stdout))
      (br_if $more (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
    (call $drop (global.get $out))
    (global.get $out))
  ;; Writes to a handle it was not given.
  (func (export "steal") (param i32) (result i32)
    (call $say (local.get 0) (i32.const 9)) (i32.const 1)))`

const EXPORTS = ['twice', 'hoard', 'steal'].map((name) => `export ${name}: func(n: u32) -> u32;`)

const lines: LogLine[] = []
const said = (): string[] => lines.map(({ id, message }) => `${id} ${message}`)

describe('standard output, opened while a component initialises', () => {
  let runtime: Runtime
  let component: Uint8Array
  beforeEach(async () => {
    lines.length = 0
    runtime = new Runtime({ drivers: { log: { write: (line) => void lines.push(line) } } })
    const imports = 'import wasi:cli/stdout@0.2.12; import pause: func(n: u32) -> u32;'
    component ??= await componentOf(wasiWit(`${imports} ${EXPORTS.join('')}`), PROGRAM)
  })
  afterEach(() => runtime.close())

  const manifest = { name: 'early' }
  const pause = (): Promise<number> => new Promise((resolve) => setTimeout(resolve, 1, 0))

  it('is that of each invocation, one after another', async () => {
    const agent = await runtime.load({ component, manifest, imports: { pause } })
    for (const n of [1, 2, 3]) expect(await agent.call('twice', [n], { id: `r${n}` })).toBe(1)
    expect(said()).toEqual(['r1 1', 'r1 1', 'r2 2', 'r2 2', 'r3 3', 'r3 3'])
    expect(agent.stats().unstampable.join()).toMatch('wasi:cli/stdout@0.2.12')
  })

  it('is that of each invocation, also of those that run at the same time', async () => {
    const agent = await runtime.load({ component, manifest, imports: { pause } })
    const numbers = [1, 2, 3, 4, 5, 6, 7, 8]
    await Promise.all(numbers.map((n) => agent.call('twice', [n], { id: `r${n}` })))
    expect(said().toSorted()).toEqual(numbers.flatMap((n) => [`r${n} ${n}`, `r${n} ${n}`]))
    // They did run at the same time.
    expect(said().slice(0, 8)).toEqual(numbers.map((n) => `r${n} ${n}`))
  })

  it('is not reached by numbers that another invocation had', async () => {
    const agent = await runtime.load({ component, manifest, imports: { pause } })
    const hoarding = [1, 20, 50].map((n) => agent.call('hoard', [n]))
    expect(await Promise.all(hoarding)).toEqual([1, 1, 1])
    for (const handle of [2, 3, 21, 51]) {
      await expect(agent.call('steal', [handle])).rejects.toMatchObject({
        code: 'ERR_GUEST_TRAPPED',
        message: expect.stringContaining(`Cannot use handle ${handle}: there is none`),
      })
    }
    // Dropped by others, it is there again.
    expect(await agent.call('steal', [1], { id: 'last' })).toBe(1)
    expect(said()).toEqual(['last 9'])
  })
})

/** Makes its own resource while it initialises, with representation 7. */
const OWN = `(component
  (type $t (resource (rep i32)))
  (core func $new (canon resource.new $t)) (core func $rep (canon resource.rep $t))
  (core func $drop (canon resource.drop $t))
  (core module $m
    (import "" "new" (func $new (param i32) (result i32))) (import "" "rep" (func $rep (param i32) (result i32)))
    (import "" "drop" (func $drop (param i32)))
    (global $first (mut i32) (i32.const 0))
    (func $start (global.set $first (call $new (i32.const 7))))
    (start $start)
    ;; Reads the resource, and makes another of n in its place and one beside it.
    (func (export "run") (param i32) (result i32) (local $found i32)
      (local.set $found (call $rep (global.get $first)))
      (call $drop (global.get $first))
      (global.set $first (call $new (local.get 0)))
      (drop (call $new (local.get 0)))
      (local.get $found))
    (func (export "peek") (param i32) (result i32) (call $rep (local.get 0))))
  (core instance $i (instantiate $m (with "" (instance
    (export "new" (func $new)) (export "rep" (func $rep)) (export "drop" (func $drop))))))
  (func (export "run") (param "n" u32) (result u32) (canon lift (core func $i "run")))
  (func (export "peek") (param "n" u32) (result u32) (canon lift (core func $i "peek"))))`

describe('a resource of its own, made while a component initialises', () => {
  it.for(['pages', 'copy', 'fresh'])(
    'is as new in every invocation, reset by %s',
    async (reset) => {
      await using closing = new AsyncDisposableStack()
      const runtime = new Runtime()
      closing.defer(() => runtime.close())
      const agent = await runtime.load({
        component: await parse(OWN),
        manifest: { name: 'own', limits: { reset } },
      })
      for (const n of [1, 2, 3]) {
        expect(await agent.call('run', [n])).toBe(7)
        expect(await agent.call('peek', [1])).toBe(7)
        await expect(agent.call('peek', [2])).rejects.toThrow(/Cannot use handle 2: there is none/)
      }
      expect(new Set(await Promise.all([4, 5, 6].map((n) => agent.call('run', [n]))))).toEqual(
        new Set([7]),
      )
    },
  )
})
