/**
 * A component whose calls wait by a callback and keep all their state in memory, and hosts that move them.
 *
 * @module
 */

import type { HostCall, HostDispatcher } from '../host-dispatcher.ts'
import type { ComponentInstance } from '../instance.ts'
import { hostOf, instantiate, loadWat, type Loaded } from './component.ts'

// Memory: 0 calls to make, 4 the set, 8 the sum of the results, 12 what it does when it is cancelled, 64 a result.
/** The text of the component. */
export const RESTING: string = `(component
  (import "slow" (func $slow async (param "n" u32) (result u32)))
  (core module $libc (memory (export "memory") 1))
  (core instance $libc (instantiate $libc))
  (alias core export $libc "memory" (core memory $memory))
  (core func $slow (canon lower (func $slow) async (memory $memory)))
  (core func $return (canon task.return (result u32)))
  (core func $cancel-task (canon task.cancel))
  (core func $set-new (canon waitable-set.new))
  (core func $join (canon waitable.join))
  (core func $drop (canon subtask.drop))
  (core func $cancel (canon subtask.cancel))
  (core func $set (canon context.set i32 0))
  (core func $get (canon context.get i32 0))
  (core module $main
    (import "" "slow" (func $slow (param i32 i32) (result i32)))
    (import "" "return" (func $return (param i32)))
    (import "" "cancel-task" (func $cancel-task))
    (import "" "set-new" (func $set-new (result i32)))
    (import "" "join" (func $join (param i32 i32)))
    (import "" "drop" (func $drop (param i32)))
    (import "" "cancel" (func $cancel (param i32) (result i32)))
    (import "" "set" (func $set (param i32)))
    (import "" "get" (func $get (result i32)))
    (import "" "memory" (memory 1))
    (func $wait (result i32) (i32.or (i32.const 2) (i32.shl (i32.load (i32.const 4)) (i32.const 4))))
    (func $start (result i32)
      (local $call i32)
      (local.set $call
        (i32.shr_u (call $slow (i32.load (i32.const 0)) (i32.const 64)) (i32.const 4)))
      (call $set (local.get $call))
      (call $join (local.get $call) (i32.load (i32.const 4)))
      (call $wait))
    ;; Makes n calls, one after the other, and answers with the sum of their results.
    (func $sum (export "sum") (param $n i32) (result i32)
      (i32.store (i32.const 0) (local.get $n))
      (i32.store (i32.const 4) (call $set-new))
      (call $start))
    ;; Answers first.
    (func (export "early") (param $n i32) (result i32)
      (call $return (i32.const 42))
      (if (i32.eqz (local.get $n)) (then (return (i32.const 0))))
      (call $sum (local.get $n)))
    ;; Makes one call, and does as n says when it is cancelled.
    (func (export "cancelled") (param $n i32) (result i32)
      (i32.store (i32.const 12) (local.get $n))
      (call $sum (i32.const 1)))
    (func $stop (result i32)
      (if (i32.eq (i32.load (i32.const 12)) (i32.const 0)) (then (call $cancel-task) (return (i32.const 0))))
      (if (i32.eq (i32.load (i32.const 12)) (i32.const 1)) (then (call $return (i32.const 7)) (return (i32.const 0))))
      (if (i32.eq (i32.load (i32.const 12)) (i32.const 2)) (then (call $cancel-task) (call $cancel-task)))
      (if (i32.eq (i32.load (i32.const 12)) (i32.const 3)) (then (return (i32.const 0))))
      (if (i32.eq (i32.load (i32.const 12)) (i32.const 4)) (then (return (i32.const 1))))
      (call $wait))
    (func $callback (param $event i32) (param $handle i32) (result i32)
      (if (i32.eq (local.get $event) (i32.const 6)) (then (return (call $stop))))
      (if (i32.eq (local.get $event) (i32.const 0)) (then (return (call $wait))))
      (if (i32.ne (local.get $event) (i32.const 1)) (then (unreachable)))
      (if (i32.ne (local.get $handle) (call $get)) (then (unreachable)))
      (call $drop (local.get $handle))
      (i32.store (i32.const 8) (i32.add (i32.load (i32.const 8)) (i32.load (i32.const 64))))
      (i32.store (i32.const 0) (i32.sub (i32.load (i32.const 0)) (i32.const 1)))
      (if (i32.load (i32.const 0)) (then (return (call $start))))
      (i32.const 0))
    (func (export "sum-callback") (param i32 i32 i32) (result i32)
      (local $code i32)
      (local.set $code (call $callback (local.get 0) (local.get 1)))
      (if (i32.eqz (local.get $code))
        (then (if (i32.ne (local.get 0) (i32.const 6)) (then (call $return (i32.load (i32.const 8)))))))
      (local.get $code))
    (func (export "early-callback") (param i32 i32 i32) (result i32)
      (call $callback (local.get 0) (local.get 1)))
    ;; Nobody has asked for it.
    (func (export "quit") (param i32) (result i32) (call $cancel-task) (i32.const 0)))
  (core instance $main (instantiate $main (with "" (instance
    (export "slow" (func $slow)) (export "return" (func $return)) (export "set-new" (func $set-new))
    (export "cancel-task" (func $cancel-task)) (export "join" (func $join))
    (export "drop" (func $drop)) (export "cancel" (func $cancel)) (export "set" (func $set))
    (export "get" (func $get)) (export "memory" (memory $memory))))))
  ${lift('sum', 'sum')} ${lift('early', 'early')} ${lift('cancelled', 'sum')} ${lift('quit', 'sum')})`

function lift(name: string, callback: string): string {
  return `(func (export "${name}") async (param "n" u32) (result u32)
    (canon lift (core func $main "${name}") async (callback (core func $main "${callback}-callback"))))`
}

export function loadResting(): Promise<Loaded> {
  return loadWat(RESTING)
}

/** Counts what happens to the calls of a host that leaves them where they are. */
export class RestingHost implements HostDispatcher {
  readonly answers: PromiseWithResolvers<unknown>[] = []
  readonly signals: (AbortSignal | undefined)[] = []
  readonly rested: HostCall[] = []
  readonly woken: HostCall[] = []
  readonly told: unknown[] = []
  readonly #inner: HostDispatcher

  /** `answer` is called for each call of the import; without it the test answers. */
  constructor(component: Loaded, answer?: (n: number) => unknown) {
    const slow = (n: number): unknown => {
      if (answer !== undefined) return answer(n)
      const later = Promise.withResolvers<unknown>()
      this.answers.push(later)
      return later.promise
    }
    this.#inner = hostOf(component, { slow })
  }

  call(...[index, values, cancellation]: Parameters<HostDispatcher['call']>): unknown {
    this.signals.push(cancellation?.signal)
    return this.#inner.call(index, values)
  }

  rest(call: HostCall): void {
    this.rested.push(call)
  }

  wake(call: HostCall): Promise<void> | undefined {
    this.woken.push(call)
    return undefined
  }

  returned(call: HostCall): void {
    this.told.push(call.value())
  }
}

/** Instances that calls move between: each rests outside, and goes on in whichever instance is free. */
export class Movers {
  readonly instances: readonly ComponentInstance[]
  readonly #component: Loaded
  readonly #free: ComponentInstance[]
  readonly #line: ((instance: ComponentInstance) => void)[] = []
  moves = 0

  constructor(component: Loaded, count: number) {
    this.#component = component
    this.instances = Array.from({ length: count }, () => instantiate(component))
    this.#free = [...this.instances]
  }

  /** Runs `name` with a host of its own. */
  async run(name: string, n: number, answer: (n: number) => unknown): Promise<unknown> {
    const host = new RestingHost(this.#component, answer)
    let instance = await this.#take()
    let away: Uint8Array<ArrayBuffer> | undefined
    host.rest = (call) => {
      away = memoryOf(instance).slice()
      call.moveOut()
      this.#giveBack(instance)
    }
    host.wake = async (call) => {
      instance = await this.#take()
      memoryOf(instance).set(away ?? [])
      instance.moveIn(call)
      this.moves++
    }
    instance.host = host
    try {
      return await instance.lookup(name).call([n])
    } finally {
      this.#giveBack(instance)
    }
  }

  async #take(): Promise<ComponentInstance> {
    const instance = this.#free.shift() ?? (await this.#next())
    instance.reset()
    memoryOf(instance).fill(0)
    return instance
  }

  #next(): Promise<ComponentInstance> {
    return new Promise((resolve) => this.#line.push(resolve))
  }

  #giveBack(instance: ComponentInstance): void {
    const next = this.#line.shift()
    if (next === undefined) this.#free.push(instance)
    else next(instance)
  }
}

export function memoryOf(instance: ComponentInstance): Uint8Array<ArrayBuffer> {
  const memory = instance.core[0]?.exports['memory'] as WebAssembly.Memory
  return new Uint8Array(memory.buffer as ArrayBuffer)
}
