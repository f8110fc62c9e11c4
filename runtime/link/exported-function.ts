/**
 * An exported function of one instance, as the host calls it.
 *
 * @module
 */

import { ComponentError, ValueMismatch } from '../abi/index.ts'
import { isMayflyError, MayflyError } from '../errors/index.ts'
import type { FunctionType } from '../abi/types.ts'
import { bind, type BoundLift } from './bound-lift.ts'
import { callLift } from './call-lift.ts'
import type { FunctionExport } from './export-index.ts'
import { canSuspend } from './landing.ts'
import type { Slot } from './store.ts'
import { HAS_STACK_SWITCHING } from './stack-switching.ts'

export class ExportedFunction {
  readonly name: string
  readonly type: FunctionType
  readonly #slot: Slot
  readonly #target: FunctionExport['target']
  #lift: BoundLift | undefined

  constructor(slot: Slot, name: string, { type, target }: FunctionExport) {
    this.name = name
    this.type = type
    this.#slot = slot
    this.#target = target
  }

  /** Whether an import it may reach suspends: then only `callAsync` lets that import wait. */
  get suspends(): boolean {
    return this.#slot.scheduler !== undefined || (this.#bound()?.suspends ?? false)
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

  #run(values: readonly unknown[], suspendable: boolean, inTurns = false): unknown {
    const slot = this.#slot
    if (slot.failed) throw dead(this.name)
    if (slot.running) throw busy(this.name)
    const lift = this.#bound()
    if (lift === undefined) return slot.host.call(this.#target.index, [...values])
    slot.running = true
    slot.abandon = undefined
    slot.suspendable = suspendable && this.suspends && HAS_STACK_SWITCHING
    slot.inTurns = inTurns && canSuspend()
    slot.pinned = 1
    slot.suspended = false
    slot.spans = 0
    slot.whenFree = undefined
    let value: unknown
    try {
      value = callLift(slot, lift, values, true)
    } catch (error) {
      throw this.#failed(error)
    }
    if (value instanceof Promise) return this.#wait(value, lift)
    return this.#finish(value, lift)
  }

  // Not just `then`: an abandoned call must end although its guest is never resumed.
  #wait(value: Promise<unknown>, lift: BoundLift): Promise<unknown> {
    const slot = this.#slot
    const settled = value.then(
      (arrived) => this.#finish(arrived, lift),
      (error) => {
        throw this.#failed(error)
      },
    )
    return new Promise((resolve, reject) => {
      slot.abandon = () => {
        slot.running = false
        reject(slot.failure)
      }
      settled.then(resolve, reject)
    })
  }

  #bound(): BoundLift | undefined {
    if (this.#lift !== undefined || this.#target.kind === 'import') return this.#lift
    const compiled = this.#slot.plan.lifts[this.#target.index]
    return (this.#lift = compiled && bind(this.#slot, compiled))
  }

  #finish(value: unknown, { signature }: BoundLift): unknown {
    const slot = this.#slot
    slot.running = false
    if (slot.failed) throw this.#failed(slot.failure)
    if (!signature.throws) return value
    const { tag, val } = value as { tag: 'ok' | 'err'; val: unknown } // Its codec made it
    if (tag === 'ok') return val
    throw new ComponentError(val)
  }

  #failed(error: unknown): unknown {
    const slot = this.#slot
    slot.running = false
    if (!slot.failed && error instanceof ValueMismatch) return unfit(error, this.name)
    slot.note(error)
    const { failure } = slot
    if (isMayflyError(failure) || failure !== error) return failure
    // What guests throw are traps, stack overflows and exceptions nobody in the guest caught.
    const reason = failure instanceof Error ? failure.message : String(failure)
    slot.failure = new MayflyError(
      'ERR_GUEST_TRAPPED',
      `Cannot finish call of "${this.name}": ${reason}`,
      { cause: failure },
    )
    return slot.failure
  }
}

function unfit({ path, expected, actual }: ValueMismatch, name: string): MayflyError {
  return new MayflyError(
    'ERR_VALUE_MISMATCH',
    `Cannot pass arguments${path}: expected ${expected}, got ${actual}`,
    { facts: { function: name, path: `arguments${path}` } },
  )
}

function dead(name: string): MayflyError {
  return new MayflyError(
    'ERR_GUEST_TRAPPED',
    `Cannot call "${name}": the instance has failed before`,
  )
}

function busy(name: string): MayflyError {
  return new MayflyError('ERR_GUEST_TRAPPED', `Cannot call "${name}": the instance is in a call`)
}
