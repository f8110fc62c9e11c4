/**
 * The cost of slots for a thread, in milliseconds, minus the part that has been paid off since: a leaky bucket.
 *
 * @module
 */

/** The share of the thread that slots may cost while other agents are served. */
const SHARE = 0.2

export class SlotDebt {
  readonly #most: number
  #ms = 0
  #at = 0

  /** @param most - the highest debt, in milliseconds; more is forgotten */
  constructor(most: number) {
    this.#most = most
  }

  /** False when the debt is certainly no more than `ms`. Looks at no clock: each request asks. */
  mayExceed(ms: number): boolean {
    return this.#ms > ms
  }

  /** Slots cost `ms` more, at `now` on the clock of `performance.now()`. */
  add(ms: number, now: number): void {
    this.#ms = Math.min(this.#most, this.at(now) + ms)
    this.#at = now
  }

  /** The debt at `now`, in milliseconds. */
  at(now: number): number {
    return this.#ms === 0 ? 0 : Math.max(0, this.#ms - (now - this.#at) * SHARE)
  }

  /** How long it takes until no more than `allowed` is owed, in milliseconds; at most 0 when that is so. */
  untilPaid(allowed: number, now: number): number {
    return (this.at(now) - allowed) / SHARE
  }
}
