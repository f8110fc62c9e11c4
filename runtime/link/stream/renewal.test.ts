import { expect, it } from 'vitest'
import { instantiate, loadWat } from '../testing/component.ts'

/** Makes a stream as it starts; `read` reads from it, `write` writes to it, and both return the code. */
const KEEPER = `(component
  (type $s (stream u8))
  (core module $Libc (memory (export "m") 1))
  (core instance $libc (instantiate $Libc))
  (core func $new (canon stream.new $s))
  (core func $read (canon stream.read $s async (memory (core memory $libc "m"))))
  (core func $write (canon stream.write $s async (memory (core memory $libc "m"))))
  (core func $drop (canon stream.drop-writable $s))
  (core module $Main
    (import "" "new" (func $new (result i64)))
    (import "" "read" (func $read (param i32 i32 i32) (result i32)))
    (import "" "write" (func $write (param i32 i32 i32) (result i32)))
    (import "" "drop" (func $drop (param i32)))
    (global $r (mut i32) (i32.const 0)) (global $w (mut i32) (i32.const 0))
    (func $begin (local $both i64)
      (local.set $both (call $new))
      (global.set $r (i32.wrap_i64 (local.get $both)))
      (global.set $w (i32.wrap_i64 (i64.shr_u (local.get $both) (i64.const 32)))))
    (start $begin)
    (func (export "read") (result i32) (call $read (global.get $r) (i32.const 0) (i32.const 8)))
    (func (export "write") (result i32) (call $write (global.get $w) (i32.const 8) (i32.const 3)))
    (func (export "drop") (result i32) (call $drop (global.get $w)) (i32.const 0)))
  (core instance $main (instantiate $Main (with "" (instance (export "new" (func $new))
    (export "read" (func $read)) (export "write" (func $write)) (export "drop" (func $drop))))))
  ${['read', 'write', 'drop']
    .map(
      (name) => `(func (export "${name}") (result s32) (canon lift (core func $main "${name}")))`,
    )
    .join('\n')})`

it('a store that starts over has both ends as they were, without the copies of the call before', async () => {
  const instance = instantiate(await loadWat(KEEPER))
  const call = (name: string): unknown => instance.lookup(name).call([])
  for (let turn = 0; turn < 3; turn++) {
    expect([call('read'), call('write')]).toEqual([-1, 3 << 4])
    instance.reset()
    expect([call('drop'), call('read')]).toEqual([0, 1])
    instance.reset()
  }
})
