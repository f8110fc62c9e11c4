/** A component that swaps values through `wasi:keyvalue`, handles and all. @module */

import { describe, expect, it } from 'vitest'
import { memoryKv } from '../../capabilities/kv/index.ts'
import { componentOf } from '../../link/testing/component.ts'
import { Runtime } from '../../presets/index.ts'

const VERSION = '0.2.0-draft2'
const STORE = `wasi:keyvalue/store@${VERSION}`
const ATOMICS = `wasi:keyvalue/atomics@${VERSION}`

const WIT = `package t:t;
  world w { import ${STORE}; import ${ATOMICS}; export run: func() -> string; }
  package wasi:keyvalue@${VERSION} {
    interface store {
      variant error { no-such-store, access-denied, other(string) }
      resource bucket { get: func(key: string) -> result<option<list<u8>>, error>; }
      open: func(identifier: string) -> result<bucket, error>;
    }
    interface atomics {
      use store.{bucket, error};
      resource cas {
        new: static func(bucket: borrow<bucket>, key: string) -> result<cas, error>;
        current: func() -> result<option<list<u8>>, error>;
      }
      variant cas-error { store-error(error), cas-failed(cas) }
      swap: func(cas: cas, value: list<u8>) -> result<_, cas-error>;
    }
  }`

// Sees the same key twice, swaps once, fails the second time, and swaps with the handle it is given then.
// Returns the tags of the four results as digits: 0 is ok; for the failed swap the case of its error as well.
const CORE = `(module
  (import "${STORE}" "open" (func $open (param i32 i32 i32)))
  (import "${STORE}" "[resource-drop]bucket" (func $drop (param i32)))
  (import "${ATOMICS}" "[static]cas.new" (func $new (param i32 i32 i32 i32)))
  (import "${ATOMICS}" "swap" (func $swap (param i32 i32 i32 i32)))
  (memory (export "memory") 1)
  (data (i32.const 0) "notes") (data (i32.const 8) "key") (data (i32.const 16) "one") (data (i32.const 24) "two")
  (global $heap (mut i32) (i32.const 4096))
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
    (global.set $heap (i32.add (global.get $heap) (i32.const 64)))
    (i32.sub (global.get $heap) (i32.const 64)))
  (func $digit (param $at i32) (param $from i32)
    (i32.store8 (local.get $at) (i32.add (i32.const 48) (i32.load8_u (local.get $from)))))
  (func (export "run") (result i32)
    (local $bucket i32) (local $first i32) (local $second i32)
    (call $open (i32.const 0) (i32.const 5) (i32.const 256))
    (local.set $bucket (i32.load (i32.const 260)))
    (call $new (local.get $bucket) (i32.const 8) (i32.const 3) (i32.const 256))
    (local.set $first (i32.load (i32.const 260)))
    (call $new (local.get $bucket) (i32.const 8) (i32.const 3) (i32.const 256))
    (local.set $second (i32.load (i32.const 260)))
    (call $swap (local.get $first) (i32.const 16) (i32.const 3) (i32.const 256))
    (call $digit (i32.const 1024) (i32.const 256))
    (call $swap (local.get $second) (i32.const 24) (i32.const 3) (i32.const 256))
    (call $digit (i32.const 1025) (i32.const 256))
    (call $digit (i32.const 1026) (i32.const 260))
    (call $swap (i32.load (i32.const 264)) (i32.const 24) (i32.const 3) (i32.const 256))
    (call $digit (i32.const 1027) (i32.const 256))
    (call $drop (local.get $bucket))
    (i32.store (i32.const 512) (i32.const 1024))
    (i32.store (i32.const 516) (i32.const 4))
    (i32.const 512)))`

describe('wasi:keyvalue/atomics', () => {
  it('swaps, fails with a handle for another attempt, and swaps with that', async () => {
    const driver = memoryKv()
    const runtime = new Runtime({ drivers: { kv: driver } })
    const agent = await runtime.load({
      component: await componentOf(WIT, CORE),
      manifest: { name: 'swapper', capabilities: { kv: { notes: { access: 'write' } } } },
    })
    expect(await agent.call('run')).toBe('0110')
    const space = await driver.open('swapper')
    expect(await space.get('notes', 'key')).toEqual(new TextEncoder().encode('two'))
    await runtime.close()
  })
})
