import { expect, test, vi } from 'vitest'
import { instantiate, loadWat, type Loaded } from '../testing/component.ts'

// Takes stack switching away, before any module checks for it. Only for this file, because each file has its process.
vi.hoisted(() => {
  Reflect.deleteProperty(WebAssembly, 'Suspending')
  Reflect.deleteProperty(WebAssembly, 'promising')
})

// A component that asks its host, called by another.
const ASKS = `(component
  (import "ask" (func $ask (param "n" u32) (result u32)))
  (component $inner
    (import "ask" (func $ask (param "n" u32) (result u32)))
    (core func $ask (canon lower (func $ask)))
    (core module $m
      (import "" "ask" (func $ask (param i32) (result i32)))
      (func (export "run") (param i32) (result i32) (local $i i32)
        (loop $l (br_if $l (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 100))))
        (call $ask (local.get 0))))
    (core instance $m (instantiate $m (with "" (instance (export "ask" (func $ask))))))
    (func (export "run") (param "n" u32) (result u32) (canon lift (core func $m "run"))))
  (instance $inner (instantiate $inner (with "ask" (func $ask))))
  (core func $run (canon lower (func $inner "run")))
  (core module $m
    (import "" "run" (func $run (param i32) (result i32)))
    (func (export "run") (param i32) (result i32) (call $run (local.get 0))))
  (core instance $m (instantiate $m (with "" (instance (export "run" (func $run))))))
  (func (export "run") (param "n" u32) (result u32) (canon lift (core func $m "run"))))`

/** The whole component may suspend, if the platform can: at its imports, and while it computes. */
const OPTIONS = { suspending: new Set([0]), long: new Set([0, 1]) }
const REFUSED = {
  code: 'ERR_GUEST_TRAPPED',
  message: 'Cannot wait for "ask": this platform lacks WebAssembly stack switching (JSPI)',
  hint: 'Use Node 24.20 or newer, or start an older Node 24 with --experimental-wasm-jspi',
}

async function asks(): Promise<Loaded> {
  return loadWat(ASKS)
}

test('without stack switching a guest gets what its host answers at once', async () => {
  const run = instantiate(await asks(), { ask: (n: number) => Number(n) + 1 }, OPTIONS).lookup(
    'run',
  )
  expect([run.call([1]), run.callAsync([2]), run.callInTurns([3])]).toEqual([2, 3, 4])
})

test('without stack switching a guest that would have to wait is ended', async () => {
  for (const how of ['callAsync', 'callInTurns'] as const) {
    const instance = instantiate(await asks(), { ask: () => Promise.resolve(1) }, OPTIONS)
    const run = instance.lookup('run')
    expect(() => run[how]([1]), how).toThrow(expect.objectContaining(REFUSED))
    expect(instance.poisoned).toBe(true)
  }
})

test('what a guest could not wait for may fail', async () => {
  const unhandled = vi.fn()
  process.on('unhandledRejection', unhandled)
  const failing = { ask: () => Promise.reject(new Error('too late')) }
  const run = instantiate(await asks(), failing, OPTIONS).lookup('run')
  expect(() => run.callAsync([1])).toThrow(expect.objectContaining(REFUSED))
  // Node reports them at the end of a turn of the event loop.
  await new Promise((resolve) => setImmediate(resolve))
  process.off('unhandledRejection', unhandled)
  expect(unhandled).not.toHaveBeenCalled()
})
