/**
 * Streams of the host in a component whose parts run beside each other.
 *
 * @module
 */
import { expect, it } from 'vitest'
import type { ComponentInstance } from '../instance.ts'
import { instantiate, loadWat } from '../testing/component.ts'

/** The worker passes a stream on, 4 bytes at a time, until it ends; the outer one starts two of them and waits. */
const WORKERS = `(component
  (import "give" (func $give (result (stream u8))))
  (import "take" (func $take (param "s" (stream u8))))
  (component $Worker
    (type $s (stream u8))
    (import "give" (func $give (result (stream u8))))
    (import "take" (func $take (param "s" (stream u8))))
    (core module $Libc (memory (export "m") 1))
    (core instance $libc (instantiate $Libc))
    (core func $give (canon lower (func $give))) (core func $take (canon lower (func $take)))
    (core func $new (canon stream.new $s))
    (core func $read (canon stream.read $s (memory (core memory $libc "m"))))
    (core func $write (canon stream.write $s (memory (core memory $libc "m"))))
    (core func $drop (canon stream.drop-writable $s))
    (core func $return (canon task.return (result u32)))
    (core module $Main
      (import "" "give" (func $give (result i32))) (import "" "take" (func $take (param i32)))
      (import "" "new" (func $new (result i64)))
      (import "" "read" (func $read (param i32 i32 i32) (result i32)))
      (import "" "write" (func $write (param i32 i32 i32) (result i32)))
      (import "" "drop" (func $drop (param i32))) (import "" "return" (func $return (param i32)))
      (import "" "m" (memory 1))
      (global $buffer (mut i32) (i32.const 0))
      (func (export "work") (local $in i32) (local $out i64) (local $w i32) (local $n i32) (local $sum i32) (local $at i32)
        (local.set $at (global.get $buffer))
        (global.set $buffer (i32.add (local.get $at) (i32.const 8)))
        (local.set $in (call $give))
        (local.set $out (call $new))
        (local.set $w (i32.wrap_i64 (i64.shr_u (local.get $out) (i64.const 32))))
        (call $take (i32.wrap_i64 (local.get $out)))
        (block $end (loop $again
          (local.set $n (i32.shr_u (call $read (local.get $in) (local.get $at) (i32.const 4)) (i32.const 4)))
          (br_if $end (i32.eqz (local.get $n)))
          (local.set $sum (i32.add (local.get $sum) (local.get $n)))
          (drop (call $write (local.get $w) (local.get $at) (local.get $n)))
          (br $again)))
        (call $drop (local.get $w))
        (call $return (local.get $sum))))
    (core instance $main (instantiate $Main (with "" (instance (export "m" (memory $libc "m"))
      (export "give" (func $give)) (export "take" (func $take)) (export "new" (func $new))
      (export "read" (func $read)) (export "write" (func $write)) (export "drop" (func $drop))
      (export "return" (func $return))))))
    (func (export "work") async (result u32) (canon lift (core func $main "work") async)))
  (component $Outer
    (import "work" (func $work async (result u32)))
    (core module $Libc (memory (export "m") 1))
    (core instance $libc (instantiate $Libc))
    (core func $work (canon lower (func $work) async (memory (core memory $libc "m"))))
    (core func $set-new (canon waitable-set.new)) (core func $join (canon waitable.join))
    (core func $wait (canon waitable-set.wait (memory (core memory $libc "m"))))
    (core module $Main
      (import "" "work" (func $work (param i32) (result i32)))
      (import "" "set-new" (func $set-new (result i32))) (import "" "join" (func $join (param i32 i32)))
      (import "" "wait" (func $wait (param i32 i32) (result i32)))
      (import "" "m" (memory 1))
      (func (export "both") (result i32) (local $set i32)
        (local.set $set (call $set-new))
        (call $join (i32.shr_u (call $work (i32.const 0)) (i32.const 4)) (local.get $set))
        (call $join (i32.shr_u (call $work (i32.const 4)) (i32.const 4)) (local.get $set))
        (drop (call $wait (local.get $set) (i32.const 16)))
        (drop (call $wait (local.get $set) (i32.const 16)))
        (i32.add (i32.load (i32.const 0)) (i32.load (i32.const 4)))))
    (core instance $main (instantiate $Main (with "" (instance (export "m" (memory $libc "m"))
      (export "work" (func $work)) (export "set-new" (func $set-new)) (export "join" (func $join))
      (export "wait" (func $wait))))))
    (func (export "both") async (result u32) (canon lift (core func $main "both"))))
  (instance $worker (instantiate $Worker (with "give" (func $give)) (with "take" (func $take))))
  (instance $outer (instantiate $Outer (with "work" (func $worker "work"))))
  (func (export "both") (alias export $outer "both")))`

it('two tasks of a component pass streams of the host on at once', async () => {
  const component = await loadWat(WORKERS)
  const taken: Promise<Uint8Array>[] = []
  const inputs = [Uint8Array.of(1, 2, 3, 4, 5, 6), Uint8Array.of(7, 8)]
  const bytes = [...inputs]
  const instance: ComponentInstance = instantiate(component, {
    give: () => new Response(bytes.shift()).body,
    take: (stream: ReadableStream<Uint8Array>) =>
      void taken.push(new Response(stream).bytes() as Promise<Uint8Array>),
  })
  expect(await instance.lookup('both').callAsync([])).toBe(8)
  expect(await Promise.all(taken)).toEqual(inputs)
})

it('a call whose tasks wait for streams can be stopped', async () => {
  const component = await loadWat(WORKERS)
  const stopped = new Error('stopped')
  const instance: ComponentInstance = instantiate(component, {
    give: () => new ReadableStream(),
    take: () => undefined,
  })
  const call = instance.lookup('both').callAsync([]) as Promise<unknown>
  instance.abandon(stopped)
  await expect(call).rejects.toBe(stopped)
})
