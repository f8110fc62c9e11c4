/**
 * Counts the stacks that the calls within one store hold at once, so that each is paid for.
 *
 * A component is charged for some stacks before it begins, enough for one call into each component inside. A component
 * that calls itself, or has many tasks, may hold more. Each further stack is paid for when its call begins, and given
 * back when the call ends. The count depends on the calls alone: not on suspensions, nor on the platform's ability to
 * suspend.
 *
 * @module
 */

import { trap } from '../../abi/index.ts'

/** Where the stacks of a component are paid for. */
export interface StackRoom {
  /** Lifted functions that run on a separate stack where the platform can suspend, by index. */
  readonly lifts: ReadonlySet<number>
  /** Stacks that were paid for before the component began. */
  readonly paid: number
  /** Pays for a further stack. Returns false when there is no room. */
  take(): boolean
  giveBack(): void
}

/** Stacks that cost nothing. */
export const FREE_STACKS: StackRoom = {
  lifts: new Set(),
  paid: Infinity,
  take: () => true,
  giveBack() {},
}

/** The stacks of one store. */
export class StackCount {
  readonly #room: StackRoom
  readonly #first: number
  #held: number

  /** `first` are held already when the first call is counted. */
  constructor(room: StackRoom, first: number) {
    this.#room = room
    this.#first = first
    this.#held = first
  }

  /** A call of lifted function `index` begins. Traps when there is no room for its stack. */
  begin(index: number): void {
    const { lifts, paid } = this.#room
    if (!lifts.has(index)) return
    if (this.#held >= paid && !this.#room.take()) trap('Cannot call: no room for another stack')
    this.#held++
  }

  /** A call of lifted function `index` has ended. Not called after a trap, because the store has failed then. */
  end(index: number): void {
    const { lifts, paid } = this.#room
    if (!lifts.has(index)) return
    this.#held--
    if (this.#held >= paid) this.#room.giveBack()
  }

  /** Forgets every call. The room is the caller's to restore. */
  clear(): void {
    this.#held = this.#first
  }
}
