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
} from '../../abi/index.ts'
import type { BoundLift } from './bound-lift.ts'
import type { RunningTask } from './running-task.ts'
import type { Store } from '../store.ts'

/** A call that has its store to itself until it ends. */
export class Task implements RunningTask {
  readonly store: Store
  readonly lift: BoundLift
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

  get state(): InstanceState {
    return this.lift.context.state
  }

  /** Enters the instance and returns the core arguments. A mismatch leaves it as it was. */
  start(values: readonly unknown[]): FlatValue[] {
    const { lift, state } = this
    if (!state.mayEnter(this.#from))
      trap(`Cannot enter "${lift.name}": its instance is already entered`)
    // Before lowering: the guest's realloc may already use the storage of the task.
    this.store.task = this
    try {
      const core = lift.signature.lowerParams(this.#context(), values)
      state.enter(this.#from)
      return core
    } catch (error) {
      this.store.task = this.#caller
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

  /** `task.return`, with the codec of its result and the context of its options. */
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

  /** Makes this the running task again, after others ran. */
  resume(): void {
    this.store.task = this
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
