/**
 * Counts the stacks that the calls within one store hold at once, so that each is paid for.
 *
 * A component is charged for some before it begins, enough for one call into each component inside. A component
 * that calls itself, and one with many tasks, may hold more: each further one is paid for when its call begins,
 * and given back when it ends. That depends on the calls alone: not on which of them were suspended, nor on
 * whether the platform can suspend any.
 *
 * @module
 */

import { trap } from '../../abi/index.ts'

/** Where the stacks of a component are paid for. */
export interface StackRoom {
  /** Lifted functions that have a stack of their own where they can be suspended, by index. */
  readonly lifts: ReadonlySet<number>
  /** Stacks that were paid for before the component began. */
  readonly paid: number
  /** Pays for a further one. Returns false when there is no room. */
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

  /** A call of lifted function `index` has ended. One that trapped does not: the store has failed. */
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
