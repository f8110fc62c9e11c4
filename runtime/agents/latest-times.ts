/**
 * The latest times of something, and a typical value among them.
 *
 * @module
 */

// Enough to see past calls that compile lazily, few enough to forget old times.
const KEPT = 64

export class LatestTimes {
  /** In a ring. */
  readonly #times = new Float64Array(KEPT)
  #count = 0

  note(time: number): void {
    this.#times[this.#count++ % KEPT] = time
  }

  /** 0 when there is none. */
  get median(): number {
    const sorted = this.#times.slice(0, this.#count).toSorted()
    return sorted[sorted.length >> 1] ?? 0
  }
}
