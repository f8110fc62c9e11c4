import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect, test } from 'vitest'
import { instantiate, loadWat } from '../testing/component.ts'

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

// A component that waits for the host, called by a component that catches everything.
const NESTED = `(component
  (import "slow" (func $slow (param "n" u32) (result u32)))
  (import "note" (func $note))
  (component $inner
    (import "slow" (func $slow (param "n" u32) (result u32)))
    (core func $slow (canon lower (func $slow)))
    (core module $m (import "" "slow" (func $slow (param i32) (result i32)))
      (func (export "work") (param i32) (result i32) (call $slow (local.get 0))))
    (core instance $m (instantiate $m (with "" (instance (export "slow" (func $slow))))))
    (func (export "work") (param "n" u32) (result u32) (canon lift (core func $m "work"))))
  (instance $inner (instantiate $inner (with "slow" (func $slow))))
  (core func $work (canon lower (func $inner "work")))
  (core func $note (canon lower (func $note)))
  (core module $m
    (import "" "work" (func $work (param i32) (result i32)))
    (import "" "note" (func $note))
    (func (export "run") (param i32) (result i32)
      (loop $again
        (block $caught (try_table (catch_all $caught) (drop (call $work (i32.const 1)))))
        (call $note)
        (br $again))
      (unreachable)))
  (core instance $m (instantiate $m (with "" (instance
    (export "work" (func $work)) (export "note" (func $note))))))
  (func (export "run") (param "n" u32) (result u32) (canon lift (core func $m "run"))))`

test('Waits.end() unwinds a guest that waits in another component, past every handler', async () => {
  const loaded = await loadWat(NESTED)
  let notes = 0
  const answers: ((value: number) => void)[] = []
  const instance = instantiate(
    loaded,
    {
      slow: () => new Promise((resolve) => answers.push(resolve)),
      note: () => void notes++,
    },
    { suspending: new Set([0]) },
  )
  const running = instance.lookup('run').callAsync([1])
  const why = new Error('stopped')
  instance.abandon(why)
  await expect(running).rejects.toBe(why)
  for (const answer of answers) answer(1)
  await new Promise((resolve) => setTimeout(resolve, 5))
  expect(notes).toBe(0)
})

// The host has its value when the caller returned. The callee continues, and waits on its own stack.
const LEFT_BEHIND = `(component
  (import "slow" (func $slow (param "n" u32) (result u32)))
  (component $inner
    (import "slow" (func $slow (param "n" u32) (result u32)))
    (core func $slow (canon lower (func $slow)))
    (core func $return (canon task.return (result u32)))
    (core module $m
      (import "" "slow" (func $slow (param i32) (result i32)))
      (import "" "return" (func $return (param i32)))
      (func (export "work") (param i32)
        (call $return (i32.const 7))
        (drop (call $slow (i32.const 1)))))
    (core instance $m (instantiate $m (with "" (instance
      (export "slow" (func $slow)) (export "return" (func $return))))))
    (func (export "work") async (param "n" u32) (result u32)
      (canon lift (core func $m "work") async)))
  (instance $inner (instantiate $inner (with "slow" (func $slow))))
  (core module $libc (memory (export "memory") 1))
  (core instance $libc (instantiate $libc))
  (core func $work (canon lower (func $inner "work") async (memory (core memory $libc "memory"))))
  (core module $m
    (import "" "work" (func $work (param i32 i32) (result i32)))
    (func (export "run") (param i32) (result i32) (call $work (i32.const 1) (i32.const 64))))
  (core instance $m (instantiate $m (with "" (instance (export "work" (func $work))))))
  (func (export "run") async (param "n" u32) (result u32) (canon lift (core func $m "run"))))`

test('ComponentInstance.reset() frees the stacks that a call left behind, and the next call runs', async () => {
  const loaded = await loadWat(LEFT_BEHIND)
  let freed = 0
  const registry = new FinalizationRegistry(() => freed++)
  const kept: Promise<never>[] = []
  const slow = (): Promise<never> => {
    const promise = new Promise<never>(() => {})
    kept.push(promise)
    return promise
  }
  const leave = async (): Promise<void> => {
    const instance = instantiate(loaded, { slow }, { suspending: new Set([0]) })
    registry.register(instance, undefined)
    for (let calls = 0; calls < 3; calls++) {
      expect((await instance.lookup('run').callAsync([1])) as number).toBe(2)
      instance.reset()
    }
    expect(instance.poisoned).toBe(false)
  }
  for (let count = 0; count < 20; count++) await leave()
  expect(kept).toHaveLength(60)
  for (let rounds = 0; rounds < 50 && freed < 19; rounds++) {
    collect()
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
  // The last may still lie on the stack of the test.
  expect(freed).toBeGreaterThanOrEqual(19)
})
