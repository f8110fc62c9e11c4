/**
 * Components that call each other and run meanwhile.
 *
 * @module
 */
import { beforeAll, describe, expect, test } from 'vitest'
import type { ComponentInstance } from '../instance.ts'
import { instantiate, loadWat, type Loaded } from '../testing/component.ts'

const BUILTINS = {
  'set-new': ['waitable-set.new', '(result i32)'],
  'set-wait': [
    'waitable-set.wait (memory (core memory $libc "m"))',
    '(param i32 i32) (result i32)',
  ],
  join: ['waitable.join', '(param i32 i32)'],
  drop: ['subtask.drop', '(param i32)'],
  cancel: ['subtask.cancel async', '(param i32) (result i32)'],
  return: ['task.return (result u32)', '(param i32)'],
  'task-cancel': ['task.cancel', ''],
  inc: ['backpressure.inc', ''],
  dec: ['backpressure.dec', ''],
} as const

const LIBC = `(core module $Libc (memory (export "m") 1)) (core instance $libc (instantiate $Libc))`
const canons = Object.entries(BUILTINS)
  .map(([name, [canon]]) => `(core func $${name} (canon ${canon}))`)
  .join('\n')
const imports = Object.entries(BUILTINS)
  .map(([name, [, type]]) => `(import "" "${name}" (func $${name} ${type}))`)
  .join('\n')
const given = Object.keys(BUILTINS)
  .map((name) => `(export "${name}" (func $${name}))`)
  .join('\n')

const CALLEE = `(component $Callee
  (import "host" (func $host (param "n" u32) (result u32)))
  ${LIBC} ${canons}
  (core func $host (canon lower (func $host)))
  (core module $Main ${imports} (import "" "m" (memory 1))
    (import "" "host" (func $host (param i32) (result i32)))
    (global $go (mut i32) (i32.const 0)) (global $n (mut i32) (i32.const 0))
    (func (export "go") (global.set $go (i32.const 1)))
    (func (export "hold") (call $inc)) (func (export "release") (call $dec))
    ;; Yields until "go" was called.
    (func (export "slow") (param i32) (result i32) (global.set $n (local.get 0)) (i32.const 1))
    (func (export "slow-cb") (param i32 i32 i32) (result i32)
      (if (i32.eqz (global.get $go)) (then (return (i32.const 1))))
      (call $return (i32.add (global.get $n) (i32.const 1))) (i32.const 0))
    ;; Returns, and then waits until "go" was called.
    (func (export "early") (param i32) (result i32) (call $return (i32.const 7)) (i32.const 1))
    (func (export "early-cb") (param i32 i32 i32) (result i32) (i32.eqz (global.get $go)))
    ;; Waits for nothing, until it is cancelled.
    (func (export "idle") (param i32) (result i32) (i32.or (i32.const 2) (i32.shl (call $set-new) (i32.const 4))))
    (func (export "idle-cb") (param i32 i32 i32) (result i32)
      (if (i32.ne (local.get 0) (i32.const 6)) (then unreachable))
      (call $task-cancel) (i32.const 0))
    (func (export "ask") (param i32) (result i32) (call $host (local.get 0)))
    (func (export "broken") (param i32) (result i32) (call $return (i32.const 1)) unreachable)
    (func (export "block") (param i32) (result i32)
      (call $set-wait (call $set-new) (i32.const 0))))
  (core instance $main (instantiate $Main (with "" (instance ${given}
    (export "host" (func $host)) (export "m" (memory $libc "m"))))))
  ${['slow', 'early', 'idle']
    .map(
      (name) => `(func (export "${name}") async (param "n" u32) (result u32)
        (canon lift (core func $main "${name}") async (callback (core func $main "${name}-cb"))))`,
    )
    .join('\n')}
  (func (export "broken") async (param "n" u32) (result u32)
    (canon lift (core func $main "broken") async (callback (core func $main "slow-cb"))))
  (func (export "ask") async (param "n" u32) (result u32) (canon lift (core func $main "ask")))
  (func (export "block") (param "n" u32) (result u32) (canon lift (core func $main "block")))
  ${['go', 'hold', 'release'].map((name) => `(func (export "${name}") (canon lift (core func $main "${name}")))`).join('\n')})`

const CALLED = ['slow', 'early', 'idle', 'ask', 'broken'] as const
const TOLD = ['go', 'hold', 'release'] as const

const PARTS = `
  ${CALLED.map((name) => `(import "" "${name}" (func $${name} (param i32 i32) (result i32)))`).join('\n')}
  ${TOLD.map((name) => `(import "" "${name}" (func $${name}))`).join('\n')}
  (import "" "slow-sync" (func $slow-sync (param i32) (result i32)))
  (import "" "block" (func $block (param i32) (result i32)))
  (import "" "early-sync" (func $early-sync (param i32) (result i32)))`

/** Each export is the function `run` of the caller, with another body. */
const CALLER = (bodies: Readonly<Record<string, string>>): string => `(component $Caller
  (import "mark" (func $mark (param "n" u32)))
  (import "callee" (instance $callee
    ${CALLED.map((name) => `(export "${name}" (func async (param "n" u32) (result u32)))`).join('\n')}
    (export "block" (func (param "n" u32) (result u32)))
    ${TOLD.map((name) => `(export "${name}" (func))`).join('\n')}))
  ${LIBC} ${canons}
  (core func $mark (canon lower (func $mark)))
  ${CALLED.map((name) => `(core func $${name} (canon lower (func $callee "${name}") async (memory (core memory $libc "m"))))`).join('\n')}
  ${TOLD.map((name) => `(core func $${name} (canon lower (func $callee "${name}")))`).join('\n')}
  (core func $slow-sync (canon lower (func $callee "slow")))
  (core func $block (canon lower (func $callee "block")))
  (core func $early-sync (canon lower (func $callee "early")))
  (core module $Main ${imports} ${PARTS} (import "" "m" (memory 1)) (import "" "mark" (func $mark (param i32)))
    (func $handle (param i32) (result i32) (i32.shr_u (local.get 0) (i32.const 4)))
    (func $state (param i32) (result i32) (i32.and (local.get 0) (i32.const 15)))
    ;; Waits until the call with status $status has returned; what it gave lies at $at.
    (func $result (param $status i32) (param $at i32) (result i32) (local $set i32)
      (if (i32.eq (call $state (local.get $status)) (i32.const 2)) (then (return (i32.load (local.get $at)))))
      (local.set $set (call $set-new))
      (call $join (call $handle (local.get $status)) (local.get $set))
      (loop $again
        (if (i32.ne (call $set-wait (local.get $set) (i32.const 0)) (i32.const 1)) (then unreachable))
        (br_if $again (i32.lt_u (i32.load (i32.const 4)) (i32.const 2))))
      (call $drop (call $handle (local.get $status)))
      (i32.load (local.get $at)))
    ${Object.entries(bodies)
      .map(
        ([name, body]) =>
          `(func (export "${name}") (result i32) (local $a i32) (local $b i32) ${body})`,
      )
      .join('\n')})
  (core instance $main (instantiate $Main (with "" (instance ${given}
    ${[...CALLED, ...TOLD, 'slow-sync', 'early-sync', 'block'].map((name) => `(export "${name}" (func $${name}))`).join('\n')}
    (export "mark" (func $mark)) (export "m" (memory $libc "m"))))))
  ${Object.keys(bodies)
    .map(
      (name) =>
        `(func (export "${name}") async (result u32) (canon lift (core func $main "${name}")))`,
    )
    .join('\n')})`

const BODIES = {
  // A call that has not ended answers "started", and its value is there when it was waited for.
  later: `(local.set $a (call $slow (i32.const 4) (i32.const 64)))
    (if (i32.ne (call $state (local.get $a)) (i32.const 1)) (then unreachable))
    (if (i32.load (i32.const 64)) (then unreachable))
    (call $go)
    (call $result (local.get $a) (i32.const 64))`,
  // The value of a call that returned at once is ready at once, although its task continues.
  early: `(i32.add (i32.mul (call $early (i32.const 0) (i32.const 64)) (i32.const 10)) (i32.load (i32.const 64)))`,
  'early-sync': `(local.set $a (call $early-sync (i32.const 0))) (call $go) (local.get $a)`,
  // A function that is in the middle of its code keeps the next call waiting.
  queued: `(local.set $a (call $ask (i32.const 1) (i32.const 64)))
    (local.set $b (call $ask (i32.const 2) (i32.const 68)))
    (if (i32.ne (call $state (local.get $a)) (i32.const 1)) (then unreachable))
    (if (call $state (local.get $b)) (then unreachable))
    (i32.add (call $result (local.get $a) (i32.const 64)) (call $result (local.get $b) (i32.const 68)))`,
  pressed: `(call $hold)
    (local.set $a (call $ask (i32.const 1) (i32.const 64)))
    (if (call $state (local.get $a)) (then unreachable))
    (call $release)
    (call $result (local.get $a) (i32.const 64))`,
  // Cancelled before it started, and before it returned.
  cancel: `(call $hold)
    (local.set $a (call $cancel (call $handle (call $slow (i32.const 1) (i32.const 64)))))
    (call $release)
    (local.set $b (call $cancel (call $handle (call $idle (i32.const 1) (i32.const 64)))))
    (i32.add (i32.mul (local.get $a) (i32.const 10)) (local.get $b))`,
  'cancel-twice': `(local.set $a (call $handle (call $slow (i32.const 1) (i32.const 64))))
    (drop (call $cancel (local.get $a))) (call $cancel (local.get $a))`,
  trap: `(drop (call $broken (i32.const 1) (i32.const 64))) (call $mark (i32.const 1)) (i32.const 0)`,
  block: `(drop (call $block (i32.const 1))) (call $mark (i32.const 1)) (i32.const 0)`,
  deadlock: `(call $result (call $idle (i32.const 0) (i32.const 64)) (i32.const 64))`,
  endless: `(call $slow-sync (i32.const 4))`,
  crowd: `(local.set $a (i32.const 2000))
    (loop $more
      (drop (call $slow (i32.const 4) (i32.const 64)))
      (br_if $more (local.tee $a (i32.sub (local.get $a) (i32.const 1)))))
    (i32.const 1)`,
  // Leaves a task behind.
  leave: `(call $state (call $slow (i32.const 4) (i32.const 64)))`,
}

const WAT = `(component
  (import "host" (func $host (param "n" u32) (result u32)))
  (import "mark" (func $mark (param "n" u32)))
  ${CALLEE} ${CALLER(BODIES)}
  (instance $callee (instantiate $Callee (with "host" (func $host))))
  (instance $caller (instantiate $Caller (with "callee" (instance $callee)) (with "mark" (func $mark))))
  ${Object.keys(BODIES)
    .map((name) => `(export "${name}" (func $caller "${name}"))`)
    .join('\n')})`

let component: Loaded
beforeAll(async () => {
  component = await loadWat(WAT)
}, 60_000)

const suspending = new Set([0])
const marks: number[] = []

function fresh(host: (n: number) => unknown = (n) => n * 100): ComponentInstance {
  marks.length = 0
  return instantiate(component, { host, mark: (n: number) => marks.push(n) }, { suspending })
}

async function run(name: keyof typeof BODIES, instance = fresh()): Promise<unknown> {
  return instance.lookup(name).callAsync([])
}

const later = async (n: number): Promise<number> => (await Promise.resolve(), n * 100)

describe('a call of another component', () => {
  test('goes on beside its caller, who waits for it when it likes', async () => {
    expect(await run('later')).toBe(5)
  })

  test('gives its value when it returns, not when it ends', async () => {
    expect(await run('early')).toBe(27)
    expect(await run('early-sync')).toBe(7)
  })

  test.each([
    ['at once', (n: number) => n * 100],
    ['later', later],
    [
      'later, with other work between',
      (n: number) => new Promise((done) => setTimeout(done, 2, n * 100)),
    ],
  ] as const)('waits for a host that answers %s, one after another', async (_, host) => {
    const isSync = host(0) === 0
    // Answered at once, nothing waits: then the caller sees that both returned, and traps.
    if (isSync) await expect(run('queued', fresh(host))).rejects.toThrow(/unreachable/)
    else expect(await run('queued', fresh(host))).toBe(300)
  })

  test('waits while its component asks for less', async () => {
    expect(await run('pressed')).toBe(100)
    expect(await run('pressed', fresh(later))).toBe(100)
  })

  test('is cancelled before it started and before it returned', async () => {
    expect(await run('cancel')).toBe(34)
    await expect(run('cancel-twice')).rejects.toThrow(/asked for before/)
  })

  test('takes its caller along when it traps', async () => {
    const instance = fresh()
    await expect(run('trap', instance)).rejects.toThrow(/unreachable/)
    expect(instance.poisoned).toBe(true)
    expect(marks).toEqual([])
  })

  test('may not block when it is synchronous', async () => {
    await expect(run('block')).rejects.toThrow(/synchronous function may not block/)
    expect(marks).toEqual([])
  })

  test('ends in a trap when no task can go on', async () => {
    await expect(run('deadlock')).rejects.toThrow(/every task waits/)
  })

  test('can be stopped from outside', async () => {
    const instance = fresh()
    const stop = new Error('enough')
    const running = run('endless', instance)
    setTimeout(() => instance.abandon(stop), 5)
    await expect(running).rejects.toBe(stop)
  })

  test('asks the host whether it may go on', async () => {
    const instance = fresh()
    let turns = 0
    instance.host = {
      call: () => 0,
      admit() {
        if (++turns > 1000) throw new Error('enough turns')
      },
    }
    await expect(run('endless', instance)).rejects.toThrow('enough turns')
  })

  test('is refused when too many wait', async () => {
    await expect(run('crowd')).rejects.toThrow(/1000 tasks wait already/)
  })

  test('that is left behind does not outlive a reset', async () => {
    const instance = fresh()
    const clean = instance.capture()
    for (let round = 0; round < 3; round++) {
      expect(await run('leave', instance)).toBe(1)
      expect(instance.capture().handles).toBe(1)
      instance.reset()
      expect(instance.capture()).toEqual(clean)
    }
    expect(await run('later', instance)).toBe(5)
  })

  test('needs a stack that can be suspended', () => {
    expect(() => fresh().lookup('later').call([])).toThrow(/callAsync/)
  })
})
