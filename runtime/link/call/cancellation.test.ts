import { expect, test } from 'vitest'
import { compilePlan } from '../compile.ts'
import type { HostCall } from '../host-dispatcher.ts'
import type { ComponentInstance } from '../instance.ts'
import { hostOf, instantiate, loadWat } from '../testing/component.ts'

const reason = new Error('the client left')

/** Waits on its own stack, where it may be told that it is to end. */
const STACKFUL = `(component
  (import "slow" (func $slow async (result u32)))
  (core module $libc (memory (export "memory") 1))
  (core instance $libc (instantiate $libc))
  (core func $slow (canon lower (func $slow) async (memory (core memory $libc "memory"))))
  (core func $return (canon task.return (result u32)))
  (core func $cancel-task (canon task.cancel))
  (core func $set-new (canon waitable-set.new))
  (core func $join (canon waitable.join))
  (core func $wait (canon waitable-set.wait (memory (core memory $libc "memory"))))
  (core func $yield (canon thread.yield))
  (core module $main
    (import "" "slow" (func $slow (param i32) (result i32)))
    (import "" "return" (func $return (param i32)))
    (import "" "cancel-task" (func $cancel-task))
    (import "" "set-new" (func $set-new (result i32)))
    (import "" "join" (func $join (param i32 i32)))
    (import "" "wait" (func $wait (param i32 i32) (result i32)))
    (import "" "yield" (func $yield (result i32)))
    (import "" "memory" (memory 1))
    (func $start (result i32) (local $set i32)
      (local.set $set (call $set-new))
      (call $join (i32.shr_u (call $slow (i32.const 64)) (i32.const 4)) (local.get $set))
      (local.get $set))
    (func (export "run")
      (if (i32.eq (call $wait (call $start) (i32.const 0)) (i32.const 6))
        (then (call $cancel-task) (return)))
      (call $return (i32.load (i32.const 64))))
    (func (export "early")
      (call $return (i32.const 42))
      (drop (call $wait (call $start) (i32.const 0))))
    ;; Is told at its next yield, as its wait cannot be cancelled.
    (func (export "late")
      (drop (call $wait (call $start) (i32.const 0)))
      (if (call $yield) (then (call $cancel-task) (return)))
      (call $return (i32.load (i32.const 64)))))
  (core instance $main (instantiate $main (with "" (instance
    (export "slow" (func $slow)) (export "return" (func $return)) (export "set-new" (func $set-new))
    (export "cancel-task" (func $cancel-task)) (export "join" (func $join)) (export "wait" (func $wait))
    (export "yield" (func $yield))
    (export "memory" (memory $libc "memory"))))))
  (func (export "run") async (result u32)
    (canon lift (core func $main "run") (memory (core memory $libc "memory")) async))
  (func (export "early") async (result u32)
    (canon lift (core func $main "early") (memory (core memory $libc "memory")) async))
  (func (export "late") async (result u32)
    (canon lift (core func $main "late") (memory (core memory $libc "memory")) async)))`

/** Waits by a callback, for a component that returns early and runs beside it. */
const CONCURRENT = `(component
  (import "slow" (func $slow async (result u32)))
  (component $inner
    (import "slow" (func $slow async (result u32)))
    (core module $libc (memory (export "memory") 1))
    (core instance $libc (instantiate $libc))
    (core func $slow (canon lower (func $slow) async (memory (core memory $libc "memory"))))
    (core func $return (canon task.return (result u32)))
    (core func $set-new (canon waitable-set.new))
    (core func $join (canon waitable.join))
    (core module $m
      (import "" "slow" (func $slow (param i32) (result i32)))
      (import "" "return" (func $return (param i32)))
      (import "" "set-new" (func $set-new (result i32)))
      (import "" "join" (func $join (param i32 i32)))
      (import "" "memory" (memory 1))
      (func (export "work") (result i32) (local $set i32)
        (local.set $set (call $set-new))
        (call $join (i32.shr_u (call $slow (i32.const 64)) (i32.const 4)) (local.get $set))
        (i32.or (i32.const 2) (i32.shl (local.get $set) (i32.const 4))))
      (func (export "callback") (param i32 i32 i32) (result i32)
        (call $return (i32.load (i32.const 64))) (i32.const 0)))
    (core instance $m (instantiate $m (with "" (instance
      (export "slow" (func $slow)) (export "return" (func $return)) (export "set-new" (func $set-new))
      (export "join" (func $join)) (export "memory" (memory $libc "memory"))))))
    (func (export "work") async (result u32)
      (canon lift (core func $m "work") async (callback (core func $m "callback")))))
  (instance $inner (instantiate $inner (with "slow" (func $slow))))
  (core module $libc (memory (export "memory") 1))
  (core instance $libc (instantiate $libc))
  (core func $work (canon lower (func $inner "work") async (memory (core memory $libc "memory"))))
  (core func $return (canon task.return (result u32)))
  (core func $cancel-task (canon task.cancel))
  (core func $set-new (canon waitable-set.new))
  (core func $join (canon waitable.join))
  (core module $m
    (import "" "work" (func $work (param i32) (result i32)))
    (import "" "return" (func $return (param i32)))
    (import "" "cancel-task" (func $cancel-task))
    (import "" "set-new" (func $set-new (result i32)))
    (import "" "join" (func $join (param i32 i32)))
    (import "" "memory" (memory 1))
    (func $run (export "run") (result i32) (local $set i32)
      (local.set $set (call $set-new))
      (call $join (i32.shr_u (call $work (i32.const 64)) (i32.const 4)) (local.get $set))
      (i32.or (i32.const 2) (i32.shl (local.get $set) (i32.const 4))))
    (func (export "callback") (param i32 i32 i32) (result i32)
      (if (i32.eq (local.get 0) (i32.const 6))
        (then (call $cancel-task))
        (else (call $return (i32.load (i32.const 64)))))
      (i32.const 0))
    (func (export "early") (result i32) (call $return (i32.const 42)) (call $run))
    (func (export "quiet") (param i32 i32 i32) (result i32) (i32.const 0)))
  (core instance $m (instantiate $m (with "" (instance
    (export "work" (func $work)) (export "return" (func $return)) (export "set-new" (func $set-new))
    (export "cancel-task" (func $cancel-task)) (export "join" (func $join))
    (export "memory" (memory $libc "memory"))))))
  (func (export "run") async (result u32)
    (canon lift (core func $m "run") async (callback (core func $m "callback"))))
  (func (export "early") async (result u32)
    (canon lift (core func $m "early") async (callback (core func $m "quiet")))))`

/** `cancellable` are built-ins for which the binary says so: the text format has no word for it any more. */
async function begin(
  wat: string,
  name: string,
  cancellable: readonly string[] = ['waitable-set.wait'],
): Promise<{
  instance: ComponentInstance
  call: HostCall
  running: Promise<unknown>
  answer: (value: number) => void
  told: unknown[]
}> {
  const { plan, ...loaded } = await loadWat(wat)
  const trampolines = plan.link.trampolines.map((each) =>
    cancellable.includes(each.kind) ? { ...each, cancellable: true } : each,
  )
  const component = { ...loaded, plan: compilePlan({ ...plan.link, trampolines }) }
  const { promise, resolve } = Promise.withResolvers<number>()
  const told: unknown[] = []
  const instance = instantiate(
    component,
    {},
    {
      suspending: new Set([0]),
      host: {
        ...hostOf(component, { slow: () => promise }),
        returned: (each) => void told.push(each.value()),
      },
    },
  )
  const running = instance.lookup(name).callAsync([]) as Promise<unknown>
  running.catch(() => {})
  const { call } = instance
  if (call === undefined) throw new Error('it does not wait')
  return { instance, call, running, answer: resolve, told }
}

test.each([
  ['on its stack', STACKFUL, 'it waits on a stack'],
  ['beside another', CONCURRENT, 'its components run beside each other'],
])('a guest that waits %s ends when it is asked to', async (_, wat, immovable) => {
  const { instance, call, running } = await begin(wat, 'run')
  expect(call.immovable).toBe(immovable)
  expect(() => call.moveOut()).toThrow(/does not rest/)
  expect(() => call.drop(reason)).toThrow(/does not rest/)
  call.requestCancellation(reason)
  await expect(running).rejects.toBe(reason)
  expect([instance.poisoned, instance.running]).toEqual([false, false])
})

test.each([STACKFUL, CONCURRENT])('a guest that is not asked has its result', async (wat) => {
  const { running, answer, call } = await begin(wat, 'run')
  answer(5)
  expect(await running).toBe(5)
  call.requestCancellation(reason)
})

test('a wait that cannot be cancelled goes on, and the guest hears of it at its next yield', async () => {
  const { running, answer, call } = await begin(STACKFUL, 'late', ['yield'])
  call.requestCancellation(reason)
  await new Promise((resolve) => setTimeout(resolve, 0))
  expect(call.returned).toBe(false)
  answer(5)
  await expect(running).rejects.toBe(reason)
})

test.each([STACKFUL, CONCURRENT])('a guest returns before its end', async (wat) => {
  const { running, answer, call, told } = await begin(wat, 'early')
  expect(call.requestCancellation(reason)).toBe(false)
  expect([call.returned, told]).toEqual([true, [42]])
  answer(5)
  expect(await running).toBe(42)
  expect(told).toEqual([42])
})
