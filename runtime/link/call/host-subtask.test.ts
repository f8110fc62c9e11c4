import { beforeAll, describe, expect, test } from 'vitest'
import { MayflyError } from '../../errors/index.ts'
import type { HostDispatcher } from '../host-dispatcher.ts'
import type { ComponentInstance } from '../instance.ts'
import { hostOf, instantiate, loadWat, type Loaded } from '../testing/component.ts'

const WAT = `(component
  (import "host" (instance $host
    (export "item" (type $item (sub resource)))
    (export "slow" (func async (param "n" u32) (result string)))
    (export "make" (func async (result (result (own $item) (error u32)))))))
  (alias export $host "item" (type $item))
  (core module $libc (memory (export "memory") 1) (global $next (mut i32) (i32.const 1024))
    (func (export "realloc") (param i32 i32 i32 i32) (result i32)
      (global.get $next)
      (global.set $next (i32.add (global.get $next) (local.get 3)))))
  (core instance $libc (instantiate $libc))
  (alias core export $libc "memory" (core memory $memory))
  (alias core export $libc "realloc" (core func $realloc))
  (core func $slow (canon lower (func $host "slow") async (memory $memory) (realloc $realloc)))
  (core func $make (canon lower (func $host "make") async (memory $memory)))
  (core func $return (canon task.return (result string) (memory $memory)))
  (core func $set-new (canon waitable-set.new))
  (core func $join (canon waitable.join))
  (core func $cancel (canon subtask.cancel))
  (core func $cancel-async (canon subtask.cancel async))
  (core func $drop (canon subtask.drop))
  (core func $drop-item (canon resource.drop $item))
  (core module $main
    (import "" "slow" (func $slow (param i32 i32) (result i32)))
    (import "" "make" (func $make (param i32) (result i32)))
    (import "" "return" (func $return (param i32 i32)))
    (import "" "set-new" (func $set-new (result i32)))
    (import "" "join" (func $join (param i32 i32)))
    (import "" "cancel" (func $cancel (param i32) (result i32)))
    (import "" "cancel-async" (func $cancel-async (param i32) (result i32)))
    (import "" "drop" (func $drop (param i32)))
    (import "" "drop-item" (func $drop-item (param i32)))
    (import "" "memory" (memory 1))
    (global $call (mut i32) (i32.const 0))
    (global $set (mut i32) (i32.const 0))
    (func $start (param $n i32)
      (global.set $call (i32.shr_u (call $slow (local.get $n) (i32.const 64)) (i32.const 4))))
    (func $wait (result i32)
      (global.set $set (call $set-new))
      (call $join (global.get $call) (global.get $set))
      (i32.or (i32.const 2) (i32.shl (global.get $set) (i32.const 4))))
    (func $answer (result i32)
      (call $return (i32.load (i32.const 64)) (i32.load (i32.const 68)))
      (i32.const 0))
    (func (export "wait") (param i32) (result i32) (call $start (local.get 0)) (call $wait))
    (func (export "callback") (param i32 i32 i32) (result i32)
      (call $drop (local.get 1))
      (call $answer))
    ;; The answer comes while it waits for another call, and it never takes it.
    (func (export "ignore") (param i32) (result i32)
      (call $start (local.get 0)) (call $start (i32.add (local.get 0) (i32.const 1))) (call $wait))
    ;; Cancels n times.
    (func (export "cancel") (param $n i32) (result i32)
      (call $start (i32.const 0))
      (loop $more
        (i32.store (i32.const 72) (call $cancel (global.get $call)))
        (br_if $more (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
      (call $drop (global.get $call))
      (i32.store8 (i32.const 80) (i32.add (i32.load (i32.const 72)) (i32.const 48)))
      (call $return (i32.const 80) (i32.const 1))
      (i32.const 0))
    ;; Cancels without waiting when its first call has ended, and answers with the state and the result.
    (func (export "late") (param i32) (result i32)
      (call $start (i32.const 7))
      (i32.store (i32.const 88) (global.get $call))
      (call $start (local.get 0))
      (call $wait))
    (func (export "late-callback") (param i32 i32 i32) (result i32)
      (local $state i32)
      (local.set $state (call $cancel-async (i32.load (i32.const 88))))
      (i32.store8 (i32.load (i32.const 64)) (i32.add (local.get $state) (i32.const 48)))
      (call $answer))
    (func (export "start-many") (param $n i32) (result i32)
      (loop $more
        (call $start (local.get $n))
        (br_if $more (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
      (call $wait))
    (func (export "drop-running") (param i32) (result i32)
      (call $start (local.get 0)) (call $drop (global.get $call)) (i32.const 0))
    ;; Leaves a call that would give it a resource. With 1 it cancels the call.
    (func (export "make") (param i32) (result i32)
      (global.set $call (i32.shr_u (call $make (i32.const 64)) (i32.const 4)))
      (if (local.get 0) (then (drop (call $cancel (global.get $call)))))
      (call $return (i32.const 0) (i32.const 0))
      (i32.const 0)))
  (core instance $main (instantiate $main (with "" (instance
    (export "slow" (func $slow)) (export "make" (func $make)) (export "return" (func $return))
    (export "set-new" (func $set-new)) (export "join" (func $join)) (export "cancel" (func $cancel))
    (export "cancel-async" (func $cancel-async)) (export "drop" (func $drop))
    (export "drop-item" (func $drop-item)) (export "memory" (memory $memory))))))
  ${['wait', 'ignore', 'cancel', 'drop-running', 'make', 'start-many'].map((name) => lift(name, 'callback')).join('\n')}
  ${lift('late', 'late-callback')})`

function lift(name: string, callback: string): string {
  return `(func (export "${name}") async (param "n" u32) (result string)
    (canon lift (core func $main "${name}") async (memory $memory) (callback (core func $main "${callback}"))))`
}

let component: Loaded
beforeAll(async () => {
  component = await loadWat(WAT)
}, 60_000)

/** A host that answers when the test says so, and keeps the signals that it is given. */
class Host {
  readonly answers: PromiseWithResolvers<unknown>[] = []
  readonly signals: (AbortSignal | undefined)[] = []
  readonly instance: ComponentInstance
  /** Bytes of answers that it holds. */
  held = 0

  constructor({ asks = true, maxHeld = Infinity }: { asks?: boolean; maxHeld?: number } = {}) {
    const item = class {}
    const start = (): Promise<unknown> => {
      const answer = Promise.withResolvers<unknown>()
      this.answers.push(answer)
      return answer.promise
    }
    const inner = hostOf(component, { host: { slow: start, make: start, Item: item } })
    const host: HostDispatcher = {
      call: (index, values, cancellation) => {
        this.signals.push(asks ? cancellation?.signal : undefined)
        return inner.call(index, values)
      },
      holds: (bytes) => {
        if (this.held + bytes > maxHeld) throw new MayflyError('ERR_LIMIT_EXCEEDED', 'too much')
        this.held += bytes
      },
      gives: (bytes) => {
        this.held -= bytes
      },
    }
    this.instance = instantiate(component, {}, { host })
  }

  run(name: string, n: number): unknown {
    return this.instance.lookup(name).call([n])
  }

  get memory(): Uint8Array {
    const memory = this.instance.core[0]?.exports['memory'] as WebAssembly.Memory
    return new Uint8Array(memory.buffer)
  }
}

const turn = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 0))

describe('a call that the guest does not wait for', () => {
  test('is answered when the guest takes the event, not before', async () => {
    const host = new Host()
    const running = host.run('ignore', 1)
    host.answers[0]?.resolve('first')
    await turn()
    expect(host.memory.slice(64, 72)).toEqual(new Uint8Array(8))
    host.answers[1]?.resolve('second')
    expect(await running).toBe('second')
    expect(host.signals[0]?.aborted).toBe(false)
    expect(new TextDecoder().decode(host.memory)).not.toContain('first')
  })

  test('ends the work of the host when the guest cancels it', async () => {
    const host = new Host()
    expect(host.run('cancel', 1)).toBe('4')
    expect(host.signals[0]?.aborted).toBe(true)
    host.answers[0]?.reject(new Error('aborted'))
    await turn()
    expect(host.instance.poisoned).toBe(false)
  })

  test('is cancelled where the host asks for no signal', () => {
    expect(new Host({ asks: false }).run('cancel', 1)).toBe('4')
  })

  test('has its answer when it is cancelled too late', async () => {
    const host = new Host()
    const running = host.run('late', 1)
    host.answers[0]?.resolve('zero')
    host.answers[1]?.resolve('one')
    expect(await running).toBe('2ero')
    expect(host.signals.map((signal) => signal?.aborted)).toEqual([false, false])
  })

  test('has its own signal', () => {
    const host = new Host()
    void host.run('ignore', 1)
    expect(host.signals[0]).not.toBe(host.signals[1])
  })

  test('ends with the call of the guest that made it', () => {
    const host = new Host()
    expect(host.run('make', 0)).toBe('')
    expect(host.signals[0]?.aborted).toBe(true)
  })

  test.each([
    ['cancelled', 1],
    ['left', 0],
  ])('drops the resource that a guest does not take: %s', async (_, n) => {
    const host = new Host()
    host.run('make', n)
    let dropped = 0
    host.answers[0]?.resolve({ [Symbol.dispose]: () => dropped++ })
    await turn()
    expect(dropped).toBe(1)
    expect(host.instance.poisoned).toBe(false)
  })

  test.each([
    ['cancels it twice', 'cancel', 2, /it is over/],
    ['drops it while it runs', 'drop-running', 1, /it is running/],
  ])('traps when the guest %s', (_, name, n, message) => {
    const host = new Host()
    expect(() => host.run(name, n)).toThrow(message)
    expect(host.signals[0]?.aborted).toBe(true)
  })

  test('fails the guest that takes a value of another type', async () => {
    const host = new Host()
    const running = host.run('wait', 1)
    host.answers[0]?.resolve(1)
    await expect(running).rejects.toMatchObject({ code: 'ERR_VALUE_MISMATCH' })
    expect(host.instance.poisoned).toBe(true)
  })
})

describe('an answer that its guest has not taken', () => {
  const large = 'x'.repeat(1_000)

  test('is held until the guest takes it', async () => {
    const host = new Host()
    const running = host.run('wait', 0)
    host.answers[0]?.resolve(large)
    await host.answers[0]?.promise
    expect(host.held).toBeGreaterThanOrEqual(2_000)
    expect(await running).toBe(large)
    expect(host.held).toBe(0)
  })

  test('is held no longer than the guest lives', async () => {
    const host = new Host()
    const running = host.run('ignore', 0)
    host.answers[0]?.resolve(large)
    await host.answers[0]?.promise
    expect(host.held).toBeGreaterThanOrEqual(2_000)
    host.answers[1]?.resolve('')
    await running
    expect(host.held).toBe(0)
  })

  test('ends the guest when it may not be held', async () => {
    const host = new Host({ maxHeld: 100 })
    const running = host.run('wait', 0)
    host.answers[0]?.resolve(large)
    await expect(running).rejects.toMatchObject({ code: 'ERR_LIMIT_EXCEEDED', message: 'too much' })
    expect(host.held).toBe(0)
  })
})

test('a guest that has thousands of calls under way may not start another', () => {
  const host = new Host({ asks: false })
  expect(() => host.run('start-many', 5_000)).toThrow(/4096 calls of the host are under way/)
})
