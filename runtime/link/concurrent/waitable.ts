/**
 * Calls a guest started and did not wait for, and the sets it waits on.
 *
 * @module
 */

import { trap, type BorrowScope } from '../../abi/index.ts'

/** Code and two values, as the guest receives them. */
export type WaitableEvent = readonly [code: number, first: number, second: number]

/** Nothing has happened. */
export const NO_EVENT: WaitableEvent = [0, 0, 0]
/** The task that waits was asked to end. */
export const TASK_CANCELLED: WaitableEvent = [6, 0, 0]
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

/** The result of `subtask.cancel` when the callee has not ended yet. */
export const BLOCKED = -1

/** A running call of a function of the host or of another component. */
export class Subtask {
  /** Its number in the table of the instance that called; 0 until that instance knows the number. */
  handle = 0
  set: WaitableSet | undefined
  cancelRequested = false
  /** Asks the callee to end: it may do so at once, later or not at all. */
  onCancel: (() => void) | undefined
  readonly #scope: BorrowScope | undefined
  #state: number
  #pending = false
  #delivered = false
  #failure: { readonly error: unknown } | undefined

  /** `scope` has the handles that the caller lent: it gets them back when it knows of the end. */
  constructor(state: number, scope: BorrowScope | undefined) {
    this.#state = state
    this.#scope = scope
  }

  get state(): number {
    return this.#state
  }

  /** Whether there is something to tell. */
  get ready(): boolean {
    return this.#pending || this.#failure !== undefined
  }

  /** Whether the callee has returned or was cancelled. */
  get resolved(): boolean {
    return this.#state >= SUBTASK_RETURNED
  }

  /** Whether the guest knows that it has ended. */
  get over(): boolean {
    return this.#delivered
  }

  /** The callee has got to `state`. */
  progress(state: number): void {
    this.#state = state
    // A caller that has no number for it yet sees the state in the answer of the call.
    if (this.handle === 0) return
    this.#pending = true
    this.set?.wake()
  }

  /** The host failed: a task that waits fails with it. */
  reject(error: unknown): void {
    this.#failure = { error }
    this.set?.wake()
  }

  /** The caller knows of the end. */
  deliver(): void {
    this.#delivered = true
    this.#scope?.end()
  }

  take(): WaitableEvent {
    if (this.#failure !== undefined) throw this.#failure.error
    this.#pending = false
    if (this.resolved) this.deliver()
    return [SUBTASK_EVENT, this.handle, this.#state]
  }

  join(set: WaitableSet | undefined): void {
    this.set?.members.delete(this)
    this.set = set
    set?.members.add(this)
    if (this.ready) set?.wake()
  }
}

/** Subtasks that a guest waits on together. */
export class WaitableSet {
  readonly members: Set<Subtask> = new Set()
  /** Tasks that wait on it. */
  waiting = 0
  #wake: (() => void) | undefined

  get ready(): boolean {
    for (const member of this.members) if (member.ready) return true
    return false
  }

  /** The next event, if there is one. */
  poll(): WaitableEvent | undefined {
    for (const member of this.members) if (member.ready) return member.take()
    return undefined
  }

  /** The next event, or a promise of it, where one task runs alone. Traps when nothing could ever happen. */
  next(): WaitableEvent | Promise<WaitableEvent> {
    const event = this.poll()
    if (event !== undefined) return event
    for (const member of this.members) {
      if (!member.over) return this.#sleep().then(() => this.next())
    }
    return trap('Cannot wait: nothing in the waitable set can happen')
  }

  wake(): void {
    this.#wake?.()
    this.#wake = undefined
  }

  /** Returns an empty set, for a store that starts over: members of this one belong to an earlier invocation. */
  renew(): WaitableSet {
    return new WaitableSet()
  }

  async #sleep(): Promise<void> {
    this.waiting++
    await new Promise<void>((resolve) => {
      this.#wake = resolve
    })
    this.waiting--
  }
}
