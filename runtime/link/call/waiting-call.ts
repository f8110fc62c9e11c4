/**
 * A call of the host that was not over when the guest gave back control.
 *
 * The store of a call may change while it rests. So nothing in here or in its task refers to the exported function that
 * was called, and while it is in no store nothing refers to one.
 *
 * @module
 */

import type { HandleTableContents } from '../../abi/index.ts'
import type { HostCall, HostDispatcher } from '../host-dispatcher.ts'
import type { Store } from '../store.ts'
import { CANCELLED, failureOf, leave, resultOf } from './ending.ts'
import { OpenCalls } from './open-calls.ts'
import type { RunningTask } from './running-task.ts'
import { Task } from './task.ts'

/** The state of a call in no store, beside its task. */
interface Luggage {
  readonly host: HostDispatcher
  readonly calls: OpenCalls
  readonly tables: readonly HandleTableContents[]
  readonly flags: readonly InstanceFlags[]
  readonly storage: number[]
  readonly suspendable: boolean
  readonly inTurns: boolean
}

interface InstanceFlags {
  readonly entered: boolean
  readonly backpressure: number
}

/** Made when the guest first waits: most calls never do. */
export class WaitingCall implements HostCall {
  readonly #name: string
  readonly #task: RunningTask
  readonly #promise: PromiseWithResolvers<unknown> = Promise.withResolvers()
  #store: Store | undefined
  #luggage: Luggage | undefined
  #resting = false
  #over = false
  #toldOfReturn = false
  #reason: { readonly reason: unknown } | undefined

  /** `value` is a promise of what the task returns. `name` is for messages. */
  constructor(store: Store, name: string, task: RunningTask, value: Promise<unknown>) {
    this.#name = name
    this.#task = task
    this.#store = store
    store.call = this
    value.then(
      (arrived) => this.#finish(arrived),
      (error: unknown) => this.#fail(error),
    )
    if (task instanceof Task) task.waitsAs(this)
    else this.paused()
  }

  /** Settles as the call ends. */
  get promise(): Promise<unknown> {
    return this.#promise.promise
  }

  get resting(): boolean {
    return this.#resting
  }

  get away(): boolean {
    return this.#luggage !== undefined
  }

  get returned(): boolean {
    return this.#task.returned
  }

  get immovable(): string | undefined {
    if (this.#task.scheduled !== undefined) return 'its components run beside each other'
    if (!this.#resting) return 'it waits on a stack'
    if ((this.#store?.held ?? 0) > 0) return 'the host holds resources of it'
    return undefined
  }

  value(): unknown {
    if (!this.returned) throw new TypeError(`Cannot read value of "${this.#name}": none yet`)
    return resultOf(this.#task.signature, this.#task.value)
  }

  requestCancellation(reason: unknown): boolean {
    if (this.#over || !this.#task.requestCancellation()) return false
    this.#reason ??= { reason }
    return true
  }

  moveOut(): void {
    const store = this.#atRest('Cannot move a call')
    const { immovable } = this
    if (immovable !== undefined) throw new TypeError(`Cannot move a call: ${immovable}`)
    this.#luggage = pack(store)
    this.#vacate(store)
  }

  /** Goes on in `store`. */
  moveIn(store: Store): void {
    const luggage = this.#luggage
    if (luggage === undefined || this.#over || !(this.#task instanceof Task)) {
      throw new TypeError('Cannot move a call into an instance: it has not moved out')
    }
    if (store.running || store.failed) {
      throw new TypeError('Cannot move a call into an instance: that is in a call, or has failed')
    }
    this.#task.moveIn(store)
    unpack(luggage, store)
    store.running = true
    store.call = this
    store.main = this.#task
    this.#luggage = undefined
    this.#store = store
  }

  drop(error: unknown): void {
    if (!this.#resting || this.#over) throw new TypeError('Cannot drop a call: it does not rest')
    this.#over = true
    this.#resting = false
    const store = this.#store
    const luggage = this.#luggage ?? (store && pack(store))
    if (store !== undefined) {
      this.#vacate(store)
      // Resources that the host has of the guest are void: to dispose of one would fail the store, which serves others.
      store.epoch++
      store.held = 0
    }
    this.#luggage = undefined
    luggage?.calls.end(error)
    this.#promise.reject(error)
  }

  /** Its store has failed, and the guest never runs again. */
  abandon(): void {
    const store = this.#store
    if (store === undefined) return
    this.#over = true
    this.#resting = false
    leave(store)
    this.#promise.reject(store.failure)
  }

  /** Nothing of it is on a stack. */
  rests(): void {
    this.#resting = true
    this.paused()
    if (!this.#over) this.#store?.host.rest?.(this)
  }

  /** There is an event. A promise when it does not go on at once. */
  wakes(): Promise<void> | undefined {
    if (this.#over) return new Promise(() => {})
    const host = this.#luggage?.host ?? this.#store?.host
    const back = host?.wake?.(this)
    if (back !== undefined) return back.then(() => this.#goesOn())
    return this.#goesOn()
  }

  /** The guest has given back control. */
  paused(): void {
    if (this.#toldOfReturn || !this.returned) return
    this.#toldOfReturn = true
    this.#store?.host.returned?.(this)
  }

  #goesOn(): Promise<void> | undefined {
    if (this.#over) return new Promise(() => {})
    if (this.away) throw new TypeError('Cannot go on with a call: it is in no instance')
    this.#resting = false
    return undefined
  }

  #atRest(what: string): Store {
    const store = this.#store
    if (this.#resting && store !== undefined) return store
    throw new TypeError(`${what}: ${this.away ? 'it is in no instance' : 'it does not rest'}`)
  }

  #finish(value: unknown): void {
    const store = this.#store
    if (this.#over || store === undefined) return
    this.#over = true
    if (store.failed) return this.#promise.reject(failureOf(store, this.#name, store.failure))
    leave(store)
    if (value === CANCELLED) return this.#promise.reject(this.#cancelled)
    try {
      this.#promise.resolve(resultOf(this.#task.signature, value))
    } catch (error) {
      this.#promise.reject(error)
    }
  }

  #fail(error: unknown): void {
    if (this.#over) return
    if (this.#resting) return this.drop(error)
    this.#over = true
    const store = this.#store
    this.#promise.reject(store === undefined ? error : failureOf(store, this.#name, error))
  }

  get #cancelled(): unknown {
    return this.#reason?.reason
  }

  /** Leaves `store` without a trace of it. */
  #vacate(store: Store): void {
    if (this.#task instanceof Task) this.#task.moveOut()
    this.#store = undefined
    store.running = false
    store.call = undefined
    store.main = undefined
    store.task = undefined
    store.calls = new OpenCalls()
  }
}

function pack(store: Store): Luggage {
  const { host, calls, states, storage, suspendable, inTurns } = store
  return {
    host,
    calls,
    storage,
    suspendable,
    inTurns,
    tables: states.map(({ handles }) => handles.release()),
    flags: states.map(({ entered, backpressure }) => ({ entered, backpressure })),
  }
}

function unpack({ host, calls, tables, flags, ...rest }: Luggage, store: Store): void {
  store.host = host
  store.calls = calls
  store.storage = rest.storage
  store.suspendable = rest.suspendable
  store.inTurns = rest.inTurns
  store.pinned = 1
  store.suspended = false
  store.spans = 0
  store.whenFree = undefined
  for (const [index, state] of store.states.entries()) {
    const { entered, backpressure } = flags[index] as InstanceFlags // Same plan
    state.entered = entered
    state.backpressure = backpressure
    const table = tables[index]
    if (table !== undefined) state.handles.adopt(table)
  }
}
