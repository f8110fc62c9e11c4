/**
 * How many memories the engine was found to have room for.
 *
 * V8 allows some 16,000 in a process, whose other threads take theirs without telling. When it refuses one it
 * has collected garbage several times, which takes a tenth of a second: not to be tried for every request.
 *
 * @module
 */

/** Others may have given theirs back meanwhile. */
const RETRY_MS = 1_000

export class MemoryCeiling {
  #memories = Infinity
  #until = 0

  get memories(): number {
    // Asked whenever a slot is lent: most have never been refused one, and need no clock.
    if (this.#memories === Infinity) return Infinity
    if (performance.now() >= this.#until) this.#memories = Infinity
    return this.#memories
  }

  /** The engine refused one more than `memories`. */
  lower(memories: number): void {
    this.#memories = memories
    this.#until = performance.now() + RETRY_MS
  }
}
