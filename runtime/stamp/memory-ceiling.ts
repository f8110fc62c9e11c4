/**
 * The number of memories that the engine turned out to have room for.
 *
 * V8 allows some 16,000 in a process, and other threads take an unknown part of them. Before V8 refuses a memory it
 * collects garbage several times. That takes a tenth of a second, too long to try for every request.
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
