/**
 * The time that a guest has computed since others had their turn.
 *
 * Waits are not counted, as far as they are known: the clock is read when the guest calls the host.
 *
 * @module
 */

/** How long a guest computes before others have their turn. About thirty slices of fuel of QuickJS. */
const SLICE_MS = 2
// A guest that waited in between may have computed all that time, on a host that answers within the same turn of
// the event loop, or hardly at all.
const MOST_AROUND_A_WAIT_MS = 0.5

export class Pace {
  /** Nothing before it begins: it is asked earlier whether it may. */
  #checkedAt: number | undefined
  #computedMs = 0
  #hasWaited = false

  /** Whether its slice is over. */
  get isOver(): boolean {
    return this.#computedMs >= SLICE_MS
  }

  /** It begins to run. */
  begins(now: number): void {
    this.#checkedAt = now
  }

  /** It comes by. */
  passes(now: number): void {
    if (this.#checkedAt === undefined) return
    const ms = now - this.#checkedAt
    this.#checkedAt = now
    this.#computedMs += this.#hasWaited ? Math.min(ms, MOST_AROUND_A_WAIT_MS) : ms
    this.#hasWaited = false
  }

  /** It is about to wait for the host. */
  waits(): void {
    this.#hasWaited = true
  }

  /** Its turn has come. */
  goesOn(now: number): void {
    this.#checkedAt = now
    this.#computedMs = 0
  }
}
