/**
 * A component that returns a stream at once and passes on into it what it reads from another, by a callback. All its state
 * is in memory.
 *
 * @module
 */

import { loadWat, type Loaded } from './component.ts'

// Memory: 0 the end it reads, 4 the end it writes, 8 the set, 12 and 16 what is left to write, 20 whether the input has
// ended; from 1024 on the bytes.
/** The text of the component. */
export const ECHO: string = `(component
  (type $s (stream u8))
  (core module $libc (memory (export "memory") 1))
  (core instance $libc (instantiate $libc))
  (alias core export $libc "memory" (core memory $memory))
  (core func $new (canon stream.new $s))
  (core func $read (canon stream.read $s async (memory $memory)))
  (core func $write (canon stream.write $s async (memory $memory)))
  (core func $drop-readable (canon stream.drop-readable $s))
  (core func $drop-writable (canon stream.drop-writable $s))
  (core func $set-new (canon waitable-set.new))
  (core func $join (canon waitable.join))
  (core func $return (canon task.return (result $s)))
  (core module $main
    (import "" "memory" (memory 1))
    (import "" "new" (func $new (result i64)))
    (import "" "read" (func $read (param i32 i32 i32) (result i32)))
    (import "" "write" (func $write (param i32 i32 i32) (result i32)))
    (import "" "drop-readable" (func $drop-readable (param i32)))
    (import "" "drop-writable" (func $drop-writable (param i32)))
    (import "" "set-new" (func $set-new (result i32)))
    (import "" "join" (func $join (param i32 i32)))
    (import "" "return" (func $return (param i32)))
    (func $wait (result i32) (i32.or (i32.const 2) (i32.shl (i32.load (i32.const 8)) (i32.const 4))))
    (func $finish (result i32)
      (call $drop-readable (i32.load (i32.const 0)))
      (call $drop-writable (i32.load (i32.const 4)))
      (i32.const 0))
    (func $go-on (result i32) (local $code i32)
      (loop $again
        (if (i32.load (i32.const 16))
          (then
            (local.set $code
              (call $write (i32.load (i32.const 4)) (i32.load (i32.const 12)) (i32.load (i32.const 16))))
            (if (i32.eq (local.get $code) (i32.const -1)) (then (return (call $wait))))
            (if (call $written (local.get $code)) (then (return (call $finish))))
            (br $again)))
        (if (i32.load (i32.const 20)) (then (return (call $finish))))
        (local.set $code (call $read (i32.load (i32.const 0)) (i32.const 1024) (i32.const 100)))
        (if (i32.eq (local.get $code) (i32.const -1)) (then (return (call $wait))))
        (call $have-read (local.get $code))
        (br $again))
      unreachable)
    (func $have-read (param $code i32)
      (i32.store (i32.const 12) (i32.const 1024))
      (i32.store (i32.const 16) (i32.shr_u (local.get $code) (i32.const 4)))
      (i32.store (i32.const 20) (i32.and (local.get $code) (i32.const 15))))
    (func $written (param $code i32) (result i32) (local $n i32)
      (local.set $n (i32.shr_u (local.get $code) (i32.const 4)))
      (i32.store (i32.const 12) (i32.add (i32.load (i32.const 12)) (local.get $n)))
      (i32.store (i32.const 16) (i32.sub (i32.load (i32.const 16)) (local.get $n)))
      (i32.and (local.get $code) (i32.const 15)))
    (func (export "echo") (param $in i32) (result i32) (local $both i64)
      (local.set $both (call $new))
      (i32.store (i32.const 0) (local.get $in))
      (i32.store (i32.const 4) (i32.wrap_i64 (i64.shr_u (local.get $both) (i64.const 32))))
      (i32.store (i32.const 8) (call $set-new))
      (call $join (local.get $in) (i32.load (i32.const 8)))
      (call $join (i32.load (i32.const 4)) (i32.load (i32.const 8)))
      (call $return (i32.wrap_i64 (local.get $both)))
      (call $go-on))
    (func (export "callback") (param $event i32) (param $handle i32) (param $code i32) (result i32)
      (if (i32.eq (local.get $event) (i32.const 2))
        (then
          (if (i32.ne (local.get $handle) (i32.load (i32.const 0))) (then unreachable))
          (call $have-read (local.get $code))))
      (if (i32.eq (local.get $event) (i32.const 3))
        (then
          (if (i32.ne (local.get $handle) (i32.load (i32.const 4))) (then unreachable))
          (if (call $written (local.get $code)) (then (return (call $finish))))))
      (call $go-on)))
  (core instance $main (instantiate $main (with "" (instance
    (export "memory" (memory $memory)) (export "new" (func $new)) (export "read" (func $read))
    (export "write" (func $write)) (export "drop-readable" (func $drop-readable))
    (export "drop-writable" (func $drop-writable)) (export "set-new" (func $set-new))
    (export "join" (func $join)) (export "return" (func $return))))))
  (func (export "echo") async (param "in" (stream u8)) (result (stream u8))
    (canon lift (core func $main "echo") async (callback (core func $main "callback")))))`

export function loadEcho(): Promise<Loaded> {
  return loadWat(ECHO)
}
