/**
 * Calls that a guest started and did not wait for.
 *
 * @module
 */

import type { BorrowScope } from '../../abi/index.ts'
import type { Store } from '../store.ts'
import { Waitable, type WaitableEvent } from './waitable.ts'

const SUBTASK_EVENT = 1

/** The callee has not begun. */
export const SUBTASK_STARTING = 0
/** The callee has its arguments. */
export const SUBTASK_STARTED = 1
/** The callee has returned: its result is there. */
export const SUBTASK_RETURNED = 2
/** The callee never took its arguments. */
export const SUBTASK_CANCELLED_BEFORE_STARTED = 3
/** The callee has ended without a result. */
export const SUBTASK_CANCELLED_BEFORE_RETURNED = 4

/** A running call of a function of the host or of another component. */
export class Subtask extends Waitable {
  cancelRequested = false
  /** Asks the callee to end: it may do so at once, later or not at all. */
  onCancel: (() => void) | undefined
  readonly #scope: BorrowScope | undefined
  #state: number

  /** `scope` has the handles that the caller lent: it gets them back when it knows of the end. */
  constructor(state: number, scope: BorrowScope | undefined) {
    super(true)
    this.#state = state
    this.#scope = scope
  }

  get state(): number {
    return this.#state
  }

  /** Whether the callee has returned or was cancelled. */
  get resolved(): boolean {
    return this.#state >= SUBTASK_RETURNED
  }

  /** Whether the guest knows that it has ended. */
  get over(): boolean {
    return !this.active
  }

  /** The callee has got to `state`. */
  progress(state: number): void {
    this.#state = state
    // A caller that has no number for it yet sees the state in the answer of the call.
    if (this.handle !== 0) this.announce()
  }

  /** The caller knows of the end. */
  deliver(): void {
    this.active = false
    this.#scope?.end()
  }

  protected event(_store: Store): WaitableEvent {
    if (this.resolved) this.deliver()
    return [SUBTASK_EVENT, this.handle, this.#state]
  }
}
