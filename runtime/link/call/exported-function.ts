/**
 * An exported function of one instance, as the host calls it.
 *
 * @module
 */

import { ownedIn, type FunctionType } from '../../abi/index.ts'
import { MayflyError } from '../../errors/index.ts'
import { bind, type BoundLift } from './bound-lift.ts'
import { callLift } from './call-lift.ts'
import { failureOf, leave, resultOf } from './ending.ts'
import type { FunctionExport } from '../plan/export-index.ts'
import { canSuspend } from '../stack/landing.ts'
import type { Store } from '../store.ts'
import { HAS_STACK_SWITCHING } from '../stack/stack-switching.ts'
import { WaitingCall } from './waiting-call.ts'

/** Made once an instance and name: what can be looked up before the first call is kept. */
export class ExportedFunction {
  readonly name: string
  readonly type: FunctionType
  readonly #store: Store
  readonly #target: FunctionExport['target']
  #lift: BoundLift | undefined
  #repeatable: boolean | undefined

  constructor(store: Store, name: string, { type, target }: FunctionExport) {
    this.name = name
    this.type = type
    this.#store = store
    this.#target = target
  }

  /** Whether an import it may reach suspends: then only `callAsync` lets that import wait. */
  get suspends(): boolean {
    return this.#store.scheduler !== undefined || (this.#bound()?.suspends ?? false)
  }

  /**
   * Calls it without a stack that can be suspended: the fast path.
   *
   * Returns the value, or a promise when an async function waits for a call it started.
   *
   * @throws {MayflyError} ERR_VALUE_MISMATCH (the instance is as good as before), ERR_GUEST_TRAPPED (it is not)
   * @throws {ComponentError} The function returned the error of its `result`
   */
  call(values: readonly unknown[]): unknown {
    return this.#run(values, false)
  }

  /** Calls it so that imports linked as suspending may return promises. */
  callAsync(values: readonly unknown[]): unknown {
    return this.#run(values, true)
  }

  /**
   * Calls it so that it can also be suspended where it computes, when that may be for long. A promise when it
   * was, or when it trapped.
   */
  callInTurns(values: readonly unknown[]): unknown {
    return this.#run(values, true, true)
  }

  /**
   * Calls it as `callInTurns` does, but without a stack of its own until it first returns: it must not be suspended up to
   * then.
   */
  callOnTrial(values: readonly unknown[]): unknown {
    return this.#run(values, false, false, true)
  }

  /**
   * Whether it can be called again with the same values, in another instance, and `callOnTrial` spares a stack: it is
   * given nothing that is used up.
   */
  get repeatable(): boolean {
    return (this.#repeatable ??= this.#isRepeatable())
  }

  #isRepeatable(): boolean {
    const lift = this.#bound()
    if (lift === undefined || !canSuspend() || this.#store.scheduler !== undefined) return false
    if (!(lift.long || lift.suspends) || lift.signature.borrows) return false
    return this.type.params.every(({ type }) => ownedIn(type) === undefined)
  }

  #run(
    values: readonly unknown[],
    suspendable: boolean,
    inTurns = false,
    onTrial = false,
  ): unknown {
    const store = this.#store
    if (store.failed || store.vacant) throw dead(this.name, store.failed)
    if (store.running) throw busy(this.name)
    const lift = this.#bound()
    if (lift === undefined) return store.host.call(this.#target.index, [...values])
    store.running = true
    store.suspendable = suspendable && this.suspends && HAS_STACK_SWITCHING
    store.inTurns = inTurns && canSuspend()
    store.pinned = 1
    store.suspended = false
    store.spans = 0
    store.whenFree = undefined
    let value: unknown
    try {
      value = callLift(store, lift, values, true)
    } catch (error) {
      throw failureOf(store, this.name, error)
    }
    const { main } = store
    // What is left of it is entered later, one event after the other.
    if (onTrial) {
      store.suspendable = this.suspends
      store.inTurns = true
    }
    if (value instanceof Promise && main !== undefined) {
      return new WaitingCall(store, this.name, main, value).promise
    }
    leave(store)
    if (store.failed) throw failureOf(store, this.name, store.failure)
    return resultOf(lift.signature, value)
  }

  #bound(): BoundLift | undefined {
    if (this.#lift !== undefined || this.#target.kind === 'import') return this.#lift
    const compiled = this.#store.plan.lifts[this.#target.index]
    return (this.#lift = compiled && bind(this.#store, compiled))
  }
}

function dead(name: string, failed: boolean): MayflyError {
  const why = failed ? 'the instance has failed before' : 'the call that it was part of has ended'
  return new MayflyError('ERR_GUEST_TRAPPED', `Cannot call "${name}": ${why}`)
}

function busy(name: string): MayflyError {
  return new MayflyError('ERR_GUEST_TRAPPED', `Cannot call "${name}": the instance is in a call`)
}
