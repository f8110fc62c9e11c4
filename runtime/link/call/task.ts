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
import { CANCELLED, held } from './ending.ts'
import type { CompiledLift } from '../compiled.ts'
import type { RunningTask } from './running-task.ts'
import type { Store } from '../store.ts'

/** The call of the host that a task belongs to, as the task sees it. */
export interface TaskCall {
  rests(): void
  wakes(): Promise<void> | undefined
}

/** What a task has beside, once it waits or is asked to end: most never do. */
interface Wait {
  call: TaskCall | undefined
  resting: boolean
  cancellation: 'none' | 'requested' | 'delivered'
  /** Where it can be told that it was cancelled. */
  sleepsOn: WaitableSet | undefined
  /** Its lifted function, while it is in no store. */
  away: CompiledLift | undefined
}

/** A call that has its store to itself until it ends. */
export class Task implements RunningTask {
  /** Not to be read while it is in no store. Plain fields: each call reads them many times. */
  store: Store
  lift: BoundLift
  readonly facesHost: boolean
  /** Whether its stack was suspended. */
  suspended = false
  /** `context.get` and `context.set`. */
  readonly storage: number[] = [0, 0]
  /** The instance that calls; none when the host does. */
  readonly #from: InstanceState | undefined
  readonly #caller: RunningTask | undefined
  readonly #scope: BorrowScope | undefined
  #resolved = false
  #value: unknown
  #wait: Wait | undefined

  constructor(store: Store, lift: BoundLift, facesHost: boolean, from: InstanceState | undefined) {
    this.#from = from
    this.store = store
    this.lift = lift
    this.facesHost = facesHost
    this.#caller = store.task
    this.#scope = lift.signature.borrows ? new BorrowScope() : undefined
  }

  get scheduled(): undefined {
    return undefined
  }

  get signature(): Signature {
    return (this.#wait?.away ?? this.lift).signature
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
    const context = this.#context()
    context.returns = this.facesHost
    const value = lift.signature.liftResult(context, core)
    this.#scope?.checkReturned()
    if (lift.postReturn !== undefined) {
      state.mayLeave = false
      if (lift.signature.result === undefined) lift.postReturn()
      else lift.postReturn(core as FlatValue) // The one core value of the result
      state.mayLeave = true
    }
    this.#leave()
    return this.facesHost ? held(lift.signature, value) : value
  }

  resolve(codec: Codec | undefined, context: AbiContext, core: readonly FlatValue[]): void {
    const { lift } = this
    if (!lift.isAsync || codec !== lift.signature.result) {
      trap(`Cannot return from "${lift.name}": task.return has another type`)
    }
    if (this.#resolved) trap(`Cannot return from "${lift.name}": it has returned`)
    context.begin(this.facesHost, this.#scope).returns = this.facesHost
    const value = codec && liftFlat(context, codec, core)
    this.#value = this.facesHost ? held(lift.signature, value) : value
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
    const wait = this.#waits
    const isAsync = wait.away !== undefined || this.lift.isAsync
    if (!isAsync || this.#resolved) return false
    if (wait.cancellation !== 'none') return true
    wait.cancellation = 'requested'
    wait.sleepsOn?.interrupt()
    return true
  }

  takeCancellation(): boolean {
    const wait = this.#wait
    if (wait?.cancellation !== 'requested') return false
    wait.cancellation = 'delivered'
    return true
  }

  cancel(): void {
    const { name, isAsync } = this.lift
    if (!isAsync) trap(`Cannot cancel "${name}": it is not lifted with async`)
    if (this.#resolved) trap(`Cannot cancel "${name}": it has returned`)
    if (this.#wait?.cancellation !== 'delivered') {
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
    this.#waits.sleepsOn = set
    return sleep
  }

  /** The same with nothing of it on a stack. It may be in another store when the promise has resolved. */
  rest(set: WaitableSet): Promise<void> {
    const sleep = this.sleep(set)
    const wait = this.#waits
    wait.resting = true
    wait.call?.rests()
    return sleep.then(() => {
      wait.resting = false
      wait.sleepsOn = undefined
      return wait.call?.wakes()
    })
  }

  /** The host waits for it as `call`. */
  waitsAs(call: TaskCall & { paused(): void }): void {
    const wait = this.#waits
    wait.call = call
    if (wait.resting) call.rests()
    else call.paused()
  }

  /** Only while it rests. */
  moveOut(): void {
    this.#waits.away = this.store.plan.lifts[this.lift.index]
    // Nothing may lead to the store any more, and nothing reads them until there is another.
    this.store = undefined as never
    this.lift = undefined as never
  }

  /** Goes on in `store`, of the same plan. */
  moveIn(store: Store): void {
    const wait = this.#waits
    const lift = wait.away && store.plan.lifts[wait.away.index]
    if (lift === undefined)
      throw new TypeError('Cannot move a call: the instance is of another plan')
    this.store = store
    this.lift = bind(store, lift)
    wait.away = undefined
  }

  get #waits(): Wait {
    return (this.#wait ??= {
      call: undefined,
      resting: false,
      cancellation: 'none',
      sleepsOn: undefined,
      away: undefined,
    })
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
