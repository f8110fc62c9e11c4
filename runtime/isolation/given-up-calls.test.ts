/** Calls of the host that a guest in the process of its group gives up, with what it has lent to them. @module */
import { parse } from '@bytecodealliance/jco'
import { expect, it } from 'vitest'
import { isolatedStage } from './testing/isolated-stage.ts'

/** `n` times, lends a resource to a call of the host, gives the call up, and drops the resource. */
const GIVES_UP = `(component
  (import "host" (instance $host
    (export "item" (type $item (sub resource)))
    (export "make" (func (result (own $item))))
    (export "slow" (func async (param "item" (borrow $item)) (result u32)))))
  (alias export $host "item" (type $item))
  (core module $libc (memory (export "memory") 1))
  (core instance $libc (instantiate $libc))
  (core func $make (canon lower (func $host "make")))
  (core func $slow (canon lower (func $host "slow") async (memory (core memory $libc "memory"))))
  (core func $cancel (canon subtask.cancel))
  (core func $drop (canon subtask.drop))
  (core func $drop-item (canon resource.drop $item))
  (core func $return (canon task.return (result u32)))
  (core module $m
    (import "" "make" (func $make (result i32)))
    (import "" "slow" (func $slow (param i32 i32) (result i32)))
    (import "" "cancel" (func $cancel (param i32) (result i32)))
    (import "" "drop" (func $drop (param i32)))
    (import "" "drop-item" (func $drop-item (param i32)))
    (import "" "return" (func $return (param i32)))
    (func (export "run") (param $n i32) (result i32) (local $item i32) (local $call i32)
      (loop $more
        (local.set $item (call $make))
        (local.set $call (i32.shr_u (call $slow (local.get $item) (i32.const 64)) (i32.const 4)))
        (drop (call $cancel (local.get $call)))
        (call $drop (local.get $call))
        (call $drop-item (local.get $item))
        (br_if $more (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
      (call $return (i32.const 0))
      (i32.const 0))
    (func (export "callback") (param i32 i32 i32) (result i32) (unreachable)))
  (core instance $i (instantiate $m (with "" (instance
    (export "make" (func $make)) (export "slow" (func $slow)) (export "cancel" (func $cancel))
    (export "drop" (func $drop)) (export "drop-item" (func $drop-item))
    (export "return" (func $return))))))
  (func (export "run") async (param "n" u32) (result u32)
    (canon lift (core func $i "run") async (callback (core func $i "callback")))))`

it('may be as many as a guest likes, and it may use at once what it has lent to them', async () => {
  await using stage = isolatedStage()
  const component = await parse(GIVES_UP)
  let dropped = 0
  class Item {
    [Symbol.dispose](): void {
      dropped++
    }
  }
  const host = { Item, make: () => new Item(), slow: () => new Promise(() => {}) }
  const manifest = { name: 'gives-up', limits: { fuel: 1e12 } }
  const agent = await stage.runtime.load({ component, manifest, imports: { host } })
  expect(await agent.call('run', [100])).toBe(0)
  expect([dropped, stage.there.ends]).toEqual([100, []])
})
