import { expect, it } from 'vitest'
import { instantiate, loadWat } from '../testing/component.ts'

const MEMORY = `(core module $Libc (memory (export "m") 1)
    (global $at (mut i32) (i32.const 4096))
    (func (export "realloc") (param i32 i32 i32 i32) (result i32)
      (global.get $at) (global.set $at (i32.add (global.get $at) (local.get 3)))))
  (core instance $libc (instantiate $Libc))`
const OPTIONS = '(memory (core memory $libc "m")) (realloc (core func $libc "realloc"))'

/** The writer gives away a stream of two texts and a future of one; the reader adds up what it finds. */
const TWO = `(component
  (component $Writer
    (type $s (stream string)) (type $f (future string))
    ${MEMORY}
    (core func $s-new (canon stream.new $s)) (core func $s-write (canon stream.write $s async ${OPTIONS}))
    (core func $f-new (canon future.new $f)) (core func $f-write (canon future.write $f async ${OPTIONS}))
    (core module $Main
      (import "" "m" (memory 1))
      (import "" "s-new" (func $s-new (result i64))) (import "" "f-new" (func $f-new (result i64)))
      (import "" "s-write" (func $s-write (param i32 i32 i32) (result i32)))
      (import "" "f-write" (func $f-write (param i32 i32) (result i32)))
      (data (i32.const 0) "\\10\\00\\00\\00\\03\\00\\00\\00\\13\\00\\00\\00\\02\\00\\00\\00abcde")
      (func (export "stream") (result i32) (local $both i64)
        (local.set $both (call $s-new))
        (drop (call $s-write (i32.wrap_i64 (i64.shr_u (local.get $both) (i64.const 32))) (i32.const 0) (i32.const 2)))
        (i32.wrap_i64 (local.get $both)))
      (func (export "future") (result i32) (local $both i64)
        (local.set $both (call $f-new))
        (drop (call $f-write (i32.wrap_i64 (i64.shr_u (local.get $both) (i64.const 32))) (i32.const 8)))
        (i32.wrap_i64 (local.get $both))))
    (core instance $main (instantiate $Main (with "" (instance (export "m" (memory $libc "m"))
      (export "s-new" (func $s-new)) (export "f-new" (func $f-new))
      (export "s-write" (func $s-write)) (export "f-write" (func $f-write))))))
    (func (export "stream") (result (stream string)) (canon lift (core func $main "stream")))
    (func (export "future") (result (future string)) (canon lift (core func $main "future"))))
  (component $Reader
    (type $s (stream string)) (type $f (future string))
    (import "stream" (func $stream (result (stream string))))
    (import "future" (func $future (result (future string))))
    ${MEMORY}
    (core func $stream (canon lower (func $stream))) (core func $future (canon lower (func $future)))
    (core func $s-read (canon stream.read $s async ${OPTIONS}))
    (core func $f-read (canon future.read $f async ${OPTIONS}))
    (core module $Main
      (import "" "m" (memory 1))
      (import "" "stream" (func $stream (result i32))) (import "" "future" (func $future (result i32)))
      (import "" "s-read" (func $s-read (param i32 i32 i32) (result i32)))
      (import "" "f-read" (func $f-read (param i32 i32) (result i32)))
      ;; The copies in the high byte, then the first letters of what lies at 64, 72 and 80.
      (func $letter (param $at i32) (result i32) (i32.load8_u (i32.load (local.get $at))))
      (func (export "run") (result i32) (local $copied i32)
        (local.set $copied (call $s-read (call $stream) (i32.const 64) (i32.const 9)))
        (if (call $f-read (call $future) (i32.const 80)) (then unreachable))
        (if (i32.ne (i32.load (i32.const 76)) (i32.const 2)) (then unreachable))
        (i32.or
          (i32.or (i32.shl (local.get $copied) (i32.const 20)) (i32.shl (call $letter (i32.const 64)) (i32.const 16)))
          (i32.or (i32.shl (call $letter (i32.const 72)) (i32.const 8)) (call $letter (i32.const 80))))))
    (core instance $main (instantiate $Main (with "" (instance (export "m" (memory $libc "m"))
      (export "stream" (func $stream)) (export "future" (func $future))
      (export "s-read" (func $s-read)) (export "f-read" (func $f-read))))))
    (func (export "run") (result u32) (canon lift (core func $main "run"))))
  (instance $writer (instantiate $Writer))
  (instance $reader (instantiate $Reader
    (with "stream" (func $writer "stream")) (with "future" (func $writer "future"))))
  (func (export "run") (alias export $reader "run")))`

it('streams and futures pass texts from one component to another', async () => {
  const instance = instantiate(await loadWat(TWO))
  const [a, d] = [...'ad'].map((letter) => letter.charCodeAt(0)) as [number, number]
  expect(instance.lookup('run').call([])).toBe((2 << 24) | (a << 16) | (d << 8) | d)
})

it('an end does not fit a stream of other elements', async () => {
  const text = TWO.replace('(canon stream.read $s async', '(canon stream.read $o async').replace(
    '(import "stream"',
    '(type $o (stream u8)) (import "stream"',
  )
  const instance = instantiate(await loadWat(text))
  expect(() => instance.lookup('run').call([])).toThrow('handle 1: it is of another kind')
})
