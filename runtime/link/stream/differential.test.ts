/**
 * One component that reads a stream, in our linker and in jco's generated code: the guests must see the same.
 *
 * Elements of jco's streams come one by one, so a copy of several may end earlier there. Compared are the elements, and
 * how each side ends. Only reads are compared: with jco 1.35 a task that has written to its host several times fails at
 * its end (`task is already resolved`).
 *
 * @module
 */
import { parse } from '@bytecodealliance/jco'
import fc from 'fast-check'
import { beforeAll, expect, it } from 'vitest'
import { instantiate, load, type Loaded } from '../testing/component.ts'
import { oracle, type Oracle } from '../testing/oracle.ts'

// Reads as many elements as the host says, until it says 0, or the stream has ended.
const WAT = `(component
  (type $s (stream u8))
  (import "give" (func $give (result (stream u8))))
  (import "size" (func $size (result u32)))
  (import "got" (func $got (param "code" u32) (param "bytes" (list u8))))
  (core module $Libc (memory (export "m") 2))
  (core instance $libc (instantiate $Libc))
  (core func $give (canon lower (func $give) (memory (core memory $libc "m"))))
  (core func $size (canon lower (func $size)))
  (core func $got (canon lower (func $got) (memory (core memory $libc "m"))))
  (core func $read (canon stream.read $s (memory (core memory $libc "m"))))
  (core func $drop-r (canon stream.drop-readable $s))
  (core module $Main
    (import "" "m" (memory 1))
    (import "" "give" (func $give (result i32)))
    (import "" "size" (func $size (result i32))) (import "" "got" (func $got (param i32 i32 i32)))
    (import "" "read" (func $read (param i32 i32 i32) (result i32)))
    (import "" "drop-r" (func $drop-r (param i32)))
    (func (export "reads") (local $h i32) (local $n i32) (local $code i32)
      (local.set $h (call $give))
      (block $out (loop $again
        (br_if $out (i32.eqz (local.tee $n (call $size))))
        (local.set $code (call $read (local.get $h) (i32.const 0) (local.get $n)))
        (call $got (i32.and (local.get $code) (i32.const 15)) (i32.const 0) (i32.shr_u (local.get $code) (i32.const 4)))
        (br_if $again (i32.eqz (i32.and (local.get $code) (i32.const 15))))))
      (call $drop-r (local.get $h))))
  (core instance $main (instantiate $Main (with "" (instance (export "m" (memory $libc "m"))
    ${['give', 'size', 'got', 'read', 'drop-r']
      .map((name) => `(export "${name}" (func $${name}))`)
      .join(' ')}))))
  (func (export "reads") async (canon lift (core func $main "reads"))))`

let ours: Loaded
let jcos: Oracle
beforeAll(async () => {
  const bytes = await parse(WAT)
  ours = load(bytes)
  jcos = await oracle(bytes, { exports: ['reads'] })
}, 60_000)

type Functions = Record<string, (...values: never[]) => unknown>
type Start = (imports: Functions) => () => unknown

const here: Start = (imports) => {
  const instance = instantiate(ours, imports)
  return () => instance.lookup('reads').callAsync([])
}

const there: Start = (imports) => {
  const given = Object.entries(imports).map(([name, run]) => [name, { default: run }])
  return jcos(Object.fromEntries(given))['reads'] as unknown as () => unknown // An export of the world
}

/** What the guest read, and the code that it ended with. */
async function read(
  start: Start,
  sizes: number[],
  bytes: number[],
  stopAt: number,
): Promise<unknown> {
  const seen: number[] = []
  const left = [...sizes]
  let end = 0
  let dropped = false
  async function* chunks(): AsyncGenerator<number> {
    try {
      yield* bytes
    } finally {
      dropped = true
    }
  }
  await start({
    give: () => chunks(),
    // As many elements as are wanted, whatever the sizes of the reads.
    size: () => (seen.length >= stopAt ? 0 : Math.min(left.shift() ?? 8, stopAt - seen.length)),
    got: (code: number, values: Uint8Array) => {
      end = code
      seen.push(...values)
    },
  })()
  return { seen, end, dropped }
}

const sizes = fc.array(fc.integer({ min: 1, max: 40 }), { maxLength: 12 })

it('a guest reads from the host what it reads with jco', async () => {
  const bytes = fc.array(fc.nat(255), { maxLength: 100 })
  await fc.assert(
    fc.asyncProperty(sizes, bytes, fc.nat(120), async (some, given, stopAt) => {
      expect(await read(here, some, given, stopAt)).toEqual(await read(there, some, given, stopAt))
    }),
    { numRuns: 60 },
  )
}, 60_000)
