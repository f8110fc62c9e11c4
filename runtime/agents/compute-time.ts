/**
 * The time that a guest has computed since its answer began to stream.
 *
 * A streamed answer may go on for hours, of which its guest waits nearly all. The time to compute is that of any request.
 *
 * @module
 */
export class ComputeTime {
  readonly #maxMs: number
  #spentMs = 0
  /** Since when it has been computing. */
  #since: number | undefined

  /** @param now - it computes, on the clock of `performance.now()` */
  constructor(maxMs: number, now: number) {
    this.#maxMs = maxMs
    this.#since = now
  }

  /** How long it may still compute. */
  leftMs(now: number): number {
    return this.#maxMs - this.#spentMs - (this.#since === undefined ? 0 : now - this.#since)
  }

  begins(now: number): void {
    this.#since ??= now
  }

  ends(now: number): void {
    if (this.#since === undefined) return
    this.#spentMs += now - this.#since
    this.#since = undefined
  }
}
