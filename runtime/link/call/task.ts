/**
 * One call of a lifted function, from lowering its arguments to lifting its result.
 *
 * @module
 */

import {
  BorrowScope,
  MAX_FLAT_PARAMS,
  trap,
  type AbiContext,
  type Codec,
  type FlatValue,
  type InstanceState,
  type Signature,
} from '../../abi/index.ts'
import type { WaitableSet } from '../concurrent/waitable.ts'
import { bind, type BoundLift } from './bound-lift.ts'
import { CANCELLED } from './ending.ts'
import type { RunningTask } from './running-task.ts'
import type { Store } from '../store.ts'

/** The call of the host that a task belongs to, as the task sees it. */
export interface TaskCall {
  rests(): void
  wakes(): Promise<void> | undefined
}

/** A call that has its store to itself until it ends. */
export class Task implements RunningTask {
  readonly facesHost: boolean
  /** Whether its stack was suspended. */
  suspended = false
  /** `context.get` and `context.set`. */
  readonly storage: number[] = [0, 0]
  readonly signature: Signature
  /** Nothing while it is in no store. */
  #store: Store | undefined
  #lift: BoundLift | undefined
  /** The index of its lifted function. */
  readonly #index: number
  readonly #isAsync: boolean
  /** The instance that calls; none when the host does. */
  readonly #from: InstanceState | undefined
  readonly #caller: RunningTask | undefined
  readonly #scope: BorrowScope | undefined
  #resolved = false
  #value: unknown
  #call: TaskCall | undefined
  #resting = false
  #cancellation: 'none' | 'requested' | 'delivered' = 'none'
  /** Where it can be told that it was cancelled. */
  #sleepsOn: WaitableSet | undefined

  constructor(store: Store, lift: BoundLift, facesHost: boolean, from: InstanceState | undefined) {
    this.#from = from
    this.#store = store
    this.#lift = lift
    this.#index = lift.index
    this.#isAsync = lift.isAsync
    this.signature = lift.signature
    this.facesHost = facesHost
    this.#caller = store.task
    this.#scope = lift.signature.borrows ? new BorrowScope() : undefined
  }

  get store(): Store {
    return this.#store ?? trap('Cannot run a task: it is in no store')
  }

  get lift(): BoundLift {
    return this.#lift ?? trap('Cannot run a task: it is in no store')
  }

  get scheduled(): undefined {
    return undefined
  }

  get state(): InstanceState {
    return this.lift.context.state
  }

  get returned(): boolean {
    return this.#resolved && this.#value !== CANCELLED
  }

  get value(): unknown {
    return this.#value
  }

  /** Enters the instance and returns the core arguments. A mismatch leaves it as it was. */
  start(values: readonly unknown[]): FlatValue[] {
    const { lift, state, store } = this
    if (!state.mayEnter(this.#from))
      trap(`Cannot enter "${lift.name}": its instance is already entered`)
    // Before lowering: the guest's realloc may already use the storage of the task.
    store.task = this
    try {
      const core = lift.signature.lowerParams(this.#context(), values)
      state.enter(this.#from)
      return core
    } catch (error) {
      store.task = this.#caller
      throw error
    }
  }

  /** Ends a call lifted without `async`, with the result of the core function. */
  finish(core: unknown): unknown {
    const { lift, state } = this
    const value = lift.signature.liftResult(this.#context(), core)
    this.#scope?.checkReturned()
    if (lift.postReturn !== undefined) {
      state.mayLeave = false
      if (lift.signature.result === undefined) lift.postReturn()
      else lift.postReturn(core as FlatValue) // The one core value of the result
      state.mayLeave = true
    }
    this.#leave()
    return value
  }

  resolve(codec: Codec | undefined, context: AbiContext, core: readonly FlatValue[]): void {
    const { lift } = this
    if (!lift.isAsync || codec !== lift.signature.result) {
      trap(`Cannot return from "${lift.name}": task.return has another type`)
    }
    if (this.#resolved) trap(`Cannot return from "${lift.name}": it has returned`)
    context.begin(this.facesHost, this.#scope)
    this.#value = codec && liftFlat(context, codec, core)
    this.#scope?.checkReturned()
    this.#resolved = true
  }

  /** Ends a call lifted with `async`. */
  exit(): unknown {
    if (!this.#resolved) trap(`Cannot leave "${this.lift.name}": it has not returned`)
    this.#leave()
    return this.#value
  }

  requestCancellation(): boolean {
    if (!this.#isAsync || this.#resolved) return false
    if (this.#cancellation !== 'none') return true
    this.#cancellation = 'requested'
    this.#sleepsOn?.interrupt()
    return true
  }

  takeCancellation(): boolean {
    if (this.#cancellation !== 'requested') return false
    this.#cancellation = 'delivered'
    return true
  }

  cancel(): void {
    const { name, isAsync } = this.lift
    if (!isAsync) trap(`Cannot cancel "${name}": it is not lifted with async`)
    if (this.#resolved) trap(`Cannot cancel "${name}": it has returned`)
    if (this.#cancellation !== 'delivered') {
      trap(`Cannot cancel "${name}": no cancellation was requested`)
    }
    this.#scope?.checkReturned()
    this.#resolved = true
    this.#value = CANCELLED
  }

  /** Makes this the running task again, after others ran. */
  resume(): void {
    this.store.task = this
  }

  /** Resolves when `set` has an event, or when the task is asked to end. */
  sleep(set: WaitableSet): Promise<void> {
    const sleep = set.sleep()
    this.#sleepsOn = set
    return sleep
  }

  /** The same with nothing of it on a stack. It may be in another store when the promise has resolved. */
  rest(set: WaitableSet): Promise<void> {
    const sleep = this.sleep(set)
    this.#resting = true
    this.#call?.rests()
    return sleep.then(() => {
      this.#resting = false
      this.#sleepsOn = undefined
      return this.#call?.wakes()
    })
  }

  /** The host waits for it as `call`. */
  waitsAs(call: TaskCall & { paused(): void }): void {
    this.#call = call
    if (this.#resting) call.rests()
    else call.paused()
  }

  /** Only while it rests. */
  moveOut(): void {
    this.#store = undefined
    this.#lift = undefined
  }

  /** Goes on in `store`, of the same plan. */
  moveIn(store: Store): void {
    const lift = store.plan.lifts[this.#index]
    if (lift === undefined)
      throw new TypeError('Cannot move a call: the instance is of another plan')
    this.#store = store
    this.#lift = bind(store, lift)
  }

  #context(): AbiContext {
    return this.lift.context.begin(this.facesHost, this.#scope)
  }

  #leave(): void {
    this.#scope?.end()
    this.state.leave(this.#from)
    this.store.task = this.#caller
  }
}

/** The result that `task.return` is passed. */
export function liftFlat(context: AbiContext, codec: Codec, core: readonly FlatValue[]): unknown {
  const value = liftFlatOrSpilled(context, codec, core)
  context.end()
  return value
}

function liftFlatOrSpilled(context: AbiContext, codec: Codec, core: readonly FlatValue[]): unknown {
  if (codec.flat.length <= MAX_FLAT_PARAMS) return codec.lift(context, core, 0)
  const pointer = (core[0] as number) >>> 0 // A pointer is an i32
  context.memory.check(pointer, codec.size, codec.alignment)
  context.count(codec.size)
  return codec.load(context, pointer)
}
