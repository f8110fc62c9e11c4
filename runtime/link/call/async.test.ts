import { beforeAll, describe, expect, test } from 'vitest'
import type { ComponentInstance, InstanceOptions } from '../instance.ts'
import { instantiate, loadWat, type Loaded } from '../testing/component.ts'

const WAT = `(component
  (import "slow" (func $slow async (param "n" u32) (result u32)))
  (core module $libc (memory (export "memory") 1))
  (core instance $libc (instantiate $libc))
  (core func $start (canon lower (func $slow) async (memory (core memory $libc "memory"))))
  (core func $call (canon lower (func $slow)))
  (core func $return (canon task.return (result u32)))
  (core func $return-other (canon task.return (result u64)))
  (core func $set-new (canon waitable-set.new))
  (core func $set-drop (canon waitable-set.drop))
  (core func $set-wait (canon waitable-set.wait (memory (core memory $libc "memory"))))
  (core func $set-poll (canon waitable-set.poll (memory (core memory $libc "memory"))))
  (core func $join (canon waitable.join))
  (core func $subtask-drop (canon subtask.drop))
  (core func $subtask-cancel (canon subtask.cancel))
  (core func $get (canon context.get i32 0))
  (core func $set (canon context.set i32 0))
  (core module $main
    (import "" "start" (func $start (param i32 i32) (result i32)))
    (import "" "call" (func $call (param i32) (result i32)))
    (import "" "return" (func $return (param i32)))
    (import "" "return-other" (func $return-other (param i64)))
    (import "" "set-new" (func $set-new (result i32)))
    (import "" "set-drop" (func $set-drop (param i32)))
    (import "" "set-wait" (func $set-wait (param i32 i32) (result i32)))
    (import "" "set-poll" (func $set-poll (param i32 i32) (result i32)))
    (import "" "join" (func $join (param i32 i32)))
    (import "" "subtask-drop" (func $subtask-drop (param i32)))
    (import "" "subtask-cancel" (func $subtask-cancel (param i32) (result i32)))
    (import "" "get" (func $get (result i32)))
    (import "" "set" (func $set (param i32)))
    (import "" "memory" (memory 1))
    ;; Starts the import and waits for it through the callback.
    (func (export "wait") (param $n i32) (result i32) (local $status i32) (local $set i32)
      (local.set $status (call $start (local.get $n) (i32.const 64)))
      (if (i32.eq (i32.and (local.get $status) (i32.const 15)) (i32.const 2))
        (then (call $return (i32.load (i32.const 64))) (return (i32.const 0))))
      (local.set $set (call $set-new))
      (call $join (i32.shr_u (local.get $status) (i32.const 4)) (local.get $set))
      (call $set (local.get $set))
      (i32.or (i32.const 2) (i32.shl (local.get $set) (i32.const 4))))
    (func (export "wait-callback") (param $event i32) (param $handle i32) (param $state i32) (result i32)
      (if (i32.ne (local.get $event) (i32.const 1)) (then unreachable))
      (if (i32.ne (local.get $state) (i32.const 2)) (then unreachable))
      (call $subtask-drop (local.get $handle))
      (call $set-drop (call $get))
      (call $return (i32.load (i32.const 64)))
      (i32.const 0))
    ;; Yields n times, and calls the import in between as a plain function.
    (func (export "yield") (param $n i32) (result i32)
      (call $set (local.get $n))
      (i32.const 1))
    (func (export "yield-callback") (param i32 i32 i32) (result i32)
      (if (i32.eqz (call $get)) (then (call $return (call $call (i32.const 5))) (return (i32.const 0))))
      (call $set (i32.sub (call $get) (i32.const 1)))
      (i32.const 1))
    ;; The same as wait, on its own stack.
    (func (export "stackful") (param $n i32) (local $status i32) (local $set i32)
      (local.set $status (call $start (local.get $n) (i32.const 64)))
      (local.set $set (call $set-new))
      (call $join (i32.shr_u (local.get $status) (i32.const 4)) (local.get $set))
      (if (call $set-poll (local.get $set) (i32.const 72)) (then unreachable))
      (if (i32.ne (call $set-wait (local.get $set) (i32.const 72)) (i32.const 1)) (then unreachable))
      (if (i32.ne (i32.load (i32.const 76)) (i32.const 2)) (then unreachable))
      (call $subtask-drop (i32.load (i32.const 72)))
      (call $set-drop (local.get $set))
      (call $return (i32.load (i32.const 64))))
    (func (export "cancel") (param $n i32) (result i32)
      (call $return (call $subtask-cancel
        (i32.shr_u (call $start (local.get $n) (i32.const 64)) (i32.const 4))))
      (i32.const 0))
    (func (export "leave") (param $n i32) (result i32)
      (call $return (i32.and (call $start (local.get $n) (i32.const 64)) (i32.const 15)))
      (i32.const 0))
    (func (export "silent") (param i32) (result i32) (i32.const 0))
    (func (export "stuck") (param i32) (result i32)
      (i32.or (i32.const 2) (i32.shl (call $set-new) (i32.const 4))))
    (func (export "twice") (param i32) (result i32)
      (call $return (i32.const 1)) (call $return (i32.const 1)) (i32.const 0))
    (func (export "other") (param i32) (result i32) (call $return-other (i64.const 1)) (i32.const 0))
    (func (export "early") (param $n i32) (result i32)
      (call $subtask-drop (i32.shr_u (call $start (local.get $n) (i32.const 64)) (i32.const 4)))
      (i32.const 0))
    (func (export "code") (param i32) (result i32) (i32.const 9))
    (func (export "forged") (param i32) (result i32) (i32.const 0x72))
    (func (export "plain") (param i32) (result i32) (call $call (local.get 0)))
    (func (export "no-callback") (param i32 i32 i32) (result i32) unreachable))
  (core instance $main (instantiate $main (with "" (instance
    (export "start" (func $start)) (export "call" (func $call)) (export "return" (func $return))
    (export "return-other" (func $return-other)) (export "set-new" (func $set-new))
    (export "set-drop" (func $set-drop)) (export "set-wait" (func $set-wait))
    (export "set-poll" (func $set-poll)) (export "join" (func $join))
    (export "subtask-drop" (func $subtask-drop)) (export "subtask-cancel" (func $subtask-cancel))
    (export "get" (func $get)) (export "set" (func $set)) (export "memory" (memory $libc "memory"))))))
  ${['wait', 'yield'].map((name) => lift(name, `${name}-callback`)).join('\n')}
  ${['cancel', 'leave', 'silent', 'stuck', 'twice', 'other', 'early', 'code', 'forged']
    .map((name) => lift(name, 'no-callback'))
    .join('\n')}
  (func (export "stackful") async (param "n" u32) (result u32)
    (canon lift (core func $main "stackful") (memory (core memory $libc "memory")) async))
  (func (export "plain") async (param "n" u32) (result u32) (canon lift (core func $main "plain"))))`

function lift(name: string, callback: string): string {
  return `(func (export "${name}") async (param "n" u32) (result u32)
    (canon lift (core func $main "${name}") async (callback (core func $main "${callback}"))))`
}

let component: Loaded
beforeAll(async () => {
  component = await loadWat(WAT)
}, 60_000)

const suspending = new Set([0])

function fresh(slow: (n: number) => unknown, options: InstanceOptions = {}): ComponentInstance {
  return instantiate(component, { slow }, options)
}

const atOnce = (n: number): number => n + 1
const later = async (n: number): Promise<number> => (await Promise.resolve(), n + 1)

describe('an async function', () => {
  test('returns at once when nothing made it wait', () => {
    expect(fresh(atOnce).lookup('wait').call([4])).toBe(5)
  })

  test('waits for a call it started, without a suspended stack', async () => {
    const instance = fresh(later)
    const wait = instance.lookup('wait')
    expect(await wait.call([4])).toBe(5)
    expect(await wait.callAsync([5])).toBe(6)
    expect(instance.capture().handles).toBe(0)
  })

  test('yields', async () => {
    const instance = fresh(later, { suspending })
    expect(await fresh(atOnce).lookup('yield').call([3])).toBe(6)
    expect(await instance.lookup('yield').callAsync([3])).toBe(6)
  })

  test('may be stackful', async () => {
    const instance = fresh(later, { suspending })
    expect(await instance.lookup('stackful').callAsync([7])).toBe(8)
    expect(instance.capture().handles).toBe(0)
  })

  test('may be lifted without async', async () => {
    expect(fresh(atOnce).lookup('plain').call([1])).toBe(2)
    expect(await fresh(later, { suspending }).lookup('plain').callAsync([1])).toBe(2)
  })

  test('cancels a call it started', async () => {
    let finished = 0
    const slow = async (): Promise<number> => (await Promise.resolve(), ++finished)
    const instance = fresh(slow)
    const cancelled = 4
    expect(instance.lookup('cancel').call([1])).toBe(cancelled)
    await Promise.resolve().then(() => {})
    expect(finished).toBe(1)
    expect(instance.poisoned).toBe(false)
  })

  test('hears nothing of a call that ends after it did', async () => {
    const { promise, resolve } = Promise.withResolvers<number>()
    const instance = fresh(() => promise)
    const memory = instance.core[0]?.exports['memory'] as WebAssembly.Memory
    expect(instance.lookup('leave').call([1])).toBe(1)
    resolve(77)
    await new Promise((done) => setTimeout(done, 0))
    expect(new Uint8Array(memory.buffer)[64]).toBe(0)
    expect(instance.poisoned).toBe(false)
  })

  test('fails when the call it waits for fails', async () => {
    const failure = new Error('gone')
    const instance = fresh(() => Promise.reject(failure))
    await expect(instance.lookup('wait').call([1])).rejects.toBe(failure)
    expect(instance.poisoned).toBe(true)
  })

  test.each([
    ['silent', /it has not returned/],
    ['stuck', /nothing in the waitable set can happen/],
    ['twice', /it has returned/],
    ['other', /another type/],
    ['early', /it is running/],
    ['code', /no callback code 9/],
    ['forged', /Cannot use handle 7: there is none/],
  ])('traps: %s', (name, message) => {
    const instance = fresh(later)
    expect(() => instance.lookup(name).call([1])).toThrow(message)
    expect(instance.poisoned).toBe(true)
  })
})
