/**
 * Calls a guest started and did not wait for, and the sets it waits on.
 *
 * @module
 */

import { trap } from '../abi/index.ts'

/** Code and two values, as the guest receives them. */
export type WaitableEvent = readonly [code: number, first: number, second: number]

export const NO_EVENT: WaitableEvent = [0, 0, 0]
const SUBTASK_EVENT = 1

export const SUBTASK_STARTED = 1
export const SUBTASK_RETURNED = 2
const SUBTASK_CANCELLED = 4

/** A running call of a host function. */
export class Subtask {
  /** Its number in the table of the instance. */
  handle = 0
  set: WaitableSet | undefined
  #state = SUBTASK_STARTED
  #delivered = false
  #failure: { readonly error: unknown } | undefined

  get ready(): boolean {
    return this.#failure !== undefined || (this.#state !== SUBTASK_STARTED && !this.#delivered)
  }

  /** Whether its end was told to the guest. */
  get over(): boolean {
    return this.#delivered
  }

  get cancelled(): boolean {
    return this.#state === SUBTASK_CANCELLED
  }

  resolve(): void {
    this.#state = SUBTASK_RETURNED
    this.set?.wake()
  }

  /** The host failed: whoever waits fails with it. */
  reject(error: unknown): void {
    this.#failure = { error }
    this.set?.wake()
  }

  /** Ends it, if the result is not there yet, and returns its state. The host's result is ignored. */
  cancel(): number {
    if (this.#delivered) trap(`Cannot cancel subtask ${this.handle}: it is over`)
    if (!this.ready) this.#state = SUBTASK_CANCELLED
    return this.take()[2]
  }

  take(): WaitableEvent {
    if (this.#failure !== undefined) throw this.#failure.error
    this.#delivered = true
    return [SUBTASK_EVENT, this.handle, this.#state]
  }

  join(set: WaitableSet | undefined): void {
    this.set?.members.delete(this)
    this.set = set
    set?.members.add(this)
    if (this.ready) set?.wake()
  }
}

export class WaitableSet {
  readonly members: Set<Subtask> = new Set()
  #wake: (() => void) | undefined

  /** Whether someone waits. */
  get awaited(): boolean {
    return this.#wake !== undefined
  }

  /** The next event, if there is one. */
  poll(): WaitableEvent | undefined {
    for (const member of this.members) if (member.ready) return member.take()
    return undefined
  }

  /** The next event, or a promise of it. Traps when nothing could ever happen. */
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

  #sleep(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve
    })
  }
}
