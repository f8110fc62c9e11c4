/**
 * Collects frames, and writes those of one turn of the event loop together: a write costs as much as a small call.
 *
 * In a long turn it writes earlier, so that the other process works at the same time and not after this one.
 *
 * @module
 */

// A few calls of small agents, and a few times a write.
const MAX_HELD_MS = 0.2
const FIRST_BYTES = 65_536
// A batch that was larger than this is rare, and its memory is not kept.
const MOST_KEPT_BYTES = 1_048_576

export class Batch {
  readonly #write: (bytes: Uint8Array) => void
  #bytes = new Uint8Array(FIRST_BYTES)
  #used = 0
  /** Since when it has a frame. */
  #since = 0
  #isScheduled = false

  /** @param write - takes bytes that are its own from then on */
  constructor(write: (bytes: Uint8Array) => void) {
    this.#write = write
  }

  /** Copies `frame`. */
  add(frame: Uint8Array): void {
    const now = performance.now()
    if (this.#used === 0) this.#since = now
    if (!this.#isScheduled) {
      this.#isScheduled = true
      setImmediate(() => {
        this.#isScheduled = false
        this.#flush()
      })
    }
    const end = this.#used + frame.byteLength
    if (end > this.#bytes.byteLength) {
      const grown = new Uint8Array(Math.max(end, 2 * this.#bytes.byteLength))
      grown.set(this.#bytes.subarray(0, this.#used))
      this.#bytes = grown
    }
    this.#bytes.set(frame, this.#used)
    this.#used = end
    if (now - this.#since > MAX_HELD_MS) this.#flush()
  }

  #flush(): void {
    if (this.#used === 0) return
    const bytes = this.#bytes.slice(0, this.#used)
    this.#used = 0
    if (this.#bytes.byteLength > MOST_KEPT_BYTES) this.#bytes = new Uint8Array(FIRST_BYTES)
    this.#write(bytes)
  }
}
