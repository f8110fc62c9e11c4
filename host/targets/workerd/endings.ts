/**
 * Tells when the invocation of a request has ended, which may be after its answer.
 *
 * @module
 */

// An invocation that ends before its answer is asked about at once. Those of calls between agents never are.
const MAX_KEPT = 256

export class Endings {
  /** Invocations that have ended and were not asked about. */
  readonly #ended = new Set<string>()
  readonly #waiting = new Map<string, () => void>()

  /** Notes that the invocation `id` has ended. */
  ended(id: string): void {
    const resolve = this.#waiting.get(id)
    if (resolve !== undefined) {
      this.#waiting.delete(id)
      return resolve()
    }
    this.#ended.add(id)
    for (const oldest of this.#ended) {
      if (this.#ended.size <= MAX_KEPT) return
      this.#ended.delete(oldest)
    }
  }

  /** A promise of the end of invocation `id`; nothing when it has ended. Asked once for each request. */
  of(id: string): Promise<void> | undefined {
    if (this.#ended.delete(id)) return undefined
    return new Promise((resolve) => this.#waiting.set(id, resolve))
  }
}
