/**
 * A slot and its borrowers, as the pool sees them.
 *
 * @module
 */

/** A slot as the pool sees it. `image` is compared by identity only. */
export interface PooledSlot {
  /** Slots with an equal shape can carry each other's images. */
  readonly shape: object
  /** The image that the slot carries now; another image can be stamped on it. */
  readonly image: object | undefined
  /** Bytes of its linear memories. */
  readonly bytes: number
  /** Number of its linear memories: a process can have 16,283 at most (V8, x86-64). */
  readonly memories: number
  /** Whom it is lent to. Set by the pool. */
  borrower: Borrower | undefined
  /** How many calls of agents by agents its borrower lies within. Set by the pool. */
  depth: number
  /** Gives back its pages in the page store, when the pool drops it. */
  [Symbol.dispose]?(): void
}

/** An agent as the pool sees it: one place in the order of turns, and the slots that are lent to it. */
export class Borrower {
  slots = 0
  /** Of the memories of these slots, as `memories`. */
  bytes = 0
  memories = 0
}

export interface BorrowRequest<Slot extends PooledSlot> {
  readonly shape: object
  readonly image: object
  readonly agent: Borrower
  /** Makes a slot of this shape. */
  readonly create: () => Slot
}

/** Callbacks of a borrower that waits. */
export interface Waiting<Slot> {
  readonly resolve: (slot: Slot) => void
  readonly reject: (error: unknown) => void
}
