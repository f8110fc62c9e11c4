/**
 * The table of things that a component instance names by number: resources, waitable sets and subtasks.
 *
 * @module
 */

import { trap } from './trap.ts'

/** A resource as one component instance holds it. */
export class ResourceHandle {
  readonly resource: number
  /** The host's object for an imported resource, the implementer's i32 for a defined one. */
  readonly rep: unknown
  readonly own: boolean
  /** For a borrow: the call that must see it dropped. */
  readonly scope: BorrowScope | undefined
  /** Calls it is lent to. While there are any it can be neither dropped nor given away. */
  lends = 0

  constructor(resource: number, rep: unknown, own: boolean, scope?: BorrowScope) {
    this.resource = resource
    this.rep = rep
    this.own = own
    this.scope = scope
  }
}

/** Something that can be lent for the time of a call. */
export interface Lender {
  lends: number
}

/** The borrows of one call: those its callee has yet to drop, and those its caller lent. */
export class BorrowScope {
  /** Handles lowered into the callee and not dropped yet. */
  borrows = 0
  readonly #lenders: Lender[] = []
  readonly #expiring: { expire(): void }[] = []

  lend(lender: Lender): void {
    lender.lends++
    this.#lenders.push(lender)
  }

  /** Runs `view.expire()` when the call ends: a borrow does not outlive it. */
  expireAtEnd(view: { expire(): void }): void {
    this.#expiring.push(view)
  }

  /** Traps when the callee kept a borrow. */
  checkReturned(): void {
    if (this.borrows > 0) {
      trap(`Cannot return from call: ${this.borrows} borrowed handles were not dropped`)
    }
  }

  /** Gives back the handles that were lent. */
  end(): void {
    for (const lender of this.#lenders) lender.lends--
    for (const view of this.#expiring) view.expire()
    this.#lenders.length = 0
    this.#expiring.length = 0
  }
}

// The canonical ABI allows 2 ** 28. A guest that drops none would fill the heap of its host long before.
const MAX_HANDLES = 2 ** 17

/** Numbers start at 1. A number freed last is given out first. */
export class HandleTable {
  #entries: unknown[] = [undefined]
  #free: number[] = []

  /** How many numbers are in use. */
  get size(): number {
    return this.#entries.length - 1 - this.#free.length
  }

  add(entry: object): number {
    const handle = this.#free.pop() ?? this.#entries.length
    if (handle > MAX_HANDLES) trap('Cannot add a handle: the table is full')
    this.#entries[handle] = entry
    return handle
  }

  get(handle: number): unknown {
    const entry = this.#entries[handle]
    if (entry === undefined) trap(`Cannot use handle ${handle}: there is none`)
    return entry
  }

  /** Returns the handle when it is one of `resource`. */
  resource(handle: number, resource: number): ResourceHandle {
    const entry = this.get(handle)
    if (!(entry instanceof ResourceHandle) || entry.resource !== resource) {
      trap(`Cannot use handle ${handle}: it is of another type`)
    }
    return entry
  }

  remove(handle: number): void {
    this.get(handle)
    this.#entries[handle] = undefined
    this.#free.push(handle)
  }

  /** Returns the present entries, for `restore`. Entries are shared: call it between calls of the guest only. */
  capture(): HandleTableState {
    return { entries: [...this.#entries], free: [...this.#free] }
  }

  /** Gives away all entries as they are, and is empty. */
  release(): HandleTableContents {
    const contents = { entries: this.#entries, free: this.#free }
    this.#entries = [undefined]
    this.#free = []
    return contents
  }

  /** Takes over the entries that another table has released, as they are. */
  adopt({ entries, free }: HandleTableContents): void {
    this.#entries = entries
    this.#free = free
  }

  restore(state: HandleTableState | undefined): void {
    if (state === undefined) {
      if (this.#entries.length === 1) return
      this.#entries = [undefined]
      this.#free = []
      return
    }
    this.#entries = state.entries.map(fresh)
    this.#free = [...state.free]
  }
}

/** The entries of a table that has released them. */
export interface HandleTableContents {
  readonly entries: unknown[]
  readonly free: number[]
}

export interface HandleTableState {
  readonly entries: readonly unknown[]
  readonly free: readonly number[]
}

// A later call may lend a handle and trap: the count in the captured state stays as it was.
function fresh(entry: unknown): unknown {
  if (entry instanceof ResourceHandle) {
    return new ResourceHandle(entry.resource, entry.rep, entry.own, entry.scope)
  }
  return isRenewable(entry) ? entry.renew() : entry
}

/** An entry that changes while it is in a table; `renew` returns it in its first state. */
export interface Renewable {
  renew(): object
}

function isRenewable(entry: unknown): entry is Renewable {
  return typeof entry === 'object' && entry !== null && 'renew' in entry
}
