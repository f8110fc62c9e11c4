import { expect, test, vi } from 'vitest'
import { instantiate, loadWat } from '../testing/component.ts'
import { HAS_STACK_SWITCHING } from './stack-switching.ts'

vi.hoisted(() => {
  const platform = WebAssembly as { Suspending?: unknown; promising?: unknown }
  delete platform.Suspending
  delete platform.promising
})

const CALLBACK = '(callback (core func $main "callback"))'

/**
 * Starts a call, and waits for it by a callback. `further` are built-ins that it never calls. `other` is lifted with
 * `callback`, and without where that is empty.
 */
function component(further = '', callback = CALLBACK): string {
  const exported = (name: string, option: string): string =>
    `(func (export "${name}") async (result u32) (canon lift (core func $main "${name}") async ${option}))`
  return `(component
  (import "slow" (func $slow async (result u32)))
  (core module $libc (memory (export "memory") 1))
  (core instance $libc (instantiate $libc))
  (core func $start (canon lower (func $slow) async (memory (core memory $libc "memory"))))
  (core func $return (canon task.return (result u32)))
  (core func $set-new (canon waitable-set.new))
  (core func $join (canon waitable.join))
  ${further}
  (core module $main
    (import "" "start" (func $start (param i32) (result i32)))
    (import "" "return" (func $return (param i32)))
    (import "" "set-new" (func $set-new (result i32)))
    (import "" "join" (func $join (param i32 i32)))
    (import "" "memory" (memory 1))
    (func (export "wait") (result i32) (local $set i32)
      (local.set $set (call $set-new))
      (call $join (i32.shr_u (call $start (i32.const 64)) (i32.const 4)) (local.get $set))
      (i32.or (i32.const 2) (i32.shl (local.get $set) (i32.const 4))))
    (func (export "callback") (param i32 i32 i32) (result i32)
      (call $return (i32.load (i32.const 64)))
      (i32.const 0))
    (func (export "other")${callback === '' ? '' : ' (result i32) (unreachable)'}))
  (core instance $main (instantiate $main (with "" (instance
    (export "start" (func $start)) (export "return" (func $return))
    (export "set-new" (func $set-new)) (export "join" (func $join))
    (export "memory" (memory $libc "memory"))))))
  ${exported('wait', CALLBACK)} ${exported('other', callback)})`
}

/** A built-in that a core module imports. */
function imported(canon: string, params: number): string {
  const type = `(func ${'(param i32)'.repeat(params)} (result i32))`
  return `(core func $more (canon ${canon}))
  (core module $more (import "" "more" ${type}))
  (core instance (instantiate $more (with "" (instance (export "more" (func $more))))))`
}

const WAIT = imported('waitable-set.wait (memory (core memory $libc "memory"))', 2)
const CALL = imported('lower (func $slow)', 0)
const CANCEL = imported('subtask.cancel', 1)

test.each([
  ['that waits by its callback', component(), false],
  ['that can cancel', component(CANCEL), false],
  ['that can wait inside', component(WAIT), true],
  ['that can call and wait', component(CALL), true],
  ['with a function that has no callback', component('', ''), true],
])('findReach() asks for stacks of a component %s only if it must', async (_, wat, suspends) => {
  const instance = instantiate(await loadWat(wat), {}, { suspending: new Set([0]) })
  expect(instance.lookup('wait').suspends).toBe(suspends)
})

test('a component that waits by its callback needs no stack switching', async () => {
  expect(HAS_STACK_SWITCHING).toBe(false)
  const slow = async (): Promise<number> => (await Promise.resolve(), 7)
  const options = { suspending: new Set([0]) }
  const instance = instantiate(await loadWat(component()), { slow }, options)
  expect(await instance.lookup('wait').call([])).toBe(7)
  expect(await instance.lookup('wait').callAsync([])).toBe(7)
})
