/**
 * A resource of a guest in the hands of the host.
 *
 * @module
 */

import type { Lender } from '../abi/index.ts'

/** Makes instances from values, or from resources that a guest handed out. */
export type GuestResourceClass = new (...values: unknown[]) => GuestResource

// Tells a representation from the arguments of a constructor: no one else has it.
const REPRESENTATION = Symbol('representation')

/** The store that a resource belongs to, as the resource sees it. */
export interface ResourceStore {
  readonly epoch: number
  readonly failed: boolean
  /** How many of its resources the host holds: they would not move with a call. */
  held: number
  /** Runs the guest's destructor. */
  destroy(resource: number, rep: number, caller: undefined): void
  note(error: unknown): void
}

/** Where a resource is from. */
export interface Origin {
  readonly store: ResourceStore
  readonly resource: number
}

/** Dead once it was given away or disposed of, its call has ended, or its store was reset or has failed. */
export class GuestResource implements Lender, Disposable {
  /** Calls it is lent to: it can be neither disposed nor given away meanwhile. */
  lends = 0
  readonly rep: number
  readonly #origin: Origin
  readonly #epoch: number
  readonly #owned: boolean
  #gone = false

  static own(Class: GuestResourceClass, rep: number): GuestResource {
    return held(new Class(REPRESENTATION, rep, true))
  }

  static borrow(Class: GuestResourceClass, rep: number): GuestResource {
    return held(new Class(REPRESENTATION, rep, false))
  }

  constructor(origin: Origin, rep: number, owned: boolean) {
    this.#origin = origin
    this.#epoch = origin.store.epoch
    this.#owned = owned
    this.rep = rep
  }

  /** Whether it can still be used. */
  get live(): boolean {
    const { store } = this.#origin
    return !this.#gone && store.epoch === this.#epoch && !store.failed
  }

  /** Moves it into a guest: its representation is all that remains of it. */
  giveAway(): number {
    if (!this.#owned || this.lends > 0) {
      throw new TypeError('Cannot give away a resource: it is borrowed or lent')
    }
    this.expire()
    return this.rep
  }

  /** The host has it no more. */
  expire(): void {
    if (this.#gone) return
    this.#gone = true
    this.count(-1)
  }

  /** Counts it among those that the host holds. */
  count(by: number): void {
    const { store } = this.#origin
    if (store.epoch === this.#epoch) store.held += by
  }

  /** Runs the guest's destructor. Does nothing the second time. */
  [Symbol.dispose](): void {
    if (!this.live || !this.#owned) return
    const { store, resource } = this.#origin
    const rep = this.giveAway()
    try {
      store.destroy(resource, rep, undefined)
    } catch (error) {
      store.note(error)
      throw error
    }
  }
}

function held(resource: GuestResource): GuestResource {
  resource.count(1)
  return resource
}

/** Whether `values` are from `own` or `borrow`, and no arguments of a constructor. */
export function isHandedOut(
  values: readonly unknown[],
): values is readonly [mark: symbol, rep: number, owned: boolean] {
  return values[0] === REPRESENTATION
}
