/**
 * Collects frames, and writes those of one turn of the event loop together.
 *
 * @module
 */

const FIRST_BYTES = 65_536
// A batch that was larger than this is rare, and its memory is not kept.
const MOST_KEPT_BYTES = 1_048_576

export class Batch {
  readonly #write: (bytes: Uint8Array) => void
  #bytes = new Uint8Array(FIRST_BYTES)
  #used = 0

  /** @param write - takes bytes that are its own from then on */
  constructor(write: (bytes: Uint8Array) => void) {
    this.#write = write
  }

  /** Copies `frame`. */
  add(frame: Uint8Array): void {
    if (this.#used === 0) setImmediate(() => this.#flush())
    const end = this.#used + frame.byteLength
    if (end > this.#bytes.byteLength) {
      const grown = new Uint8Array(Math.max(end, 2 * this.#bytes.byteLength))
      grown.set(this.#bytes.subarray(0, this.#used))
      this.#bytes = grown
    }
    this.#bytes.set(frame, this.#used)
    this.#used = end
  }

  #flush(): void {
    const bytes = this.#bytes.slice(0, this.#used)
    this.#used = 0
    if (this.#bytes.byteLength > MOST_KEPT_BYTES) this.#bytes = new Uint8Array(FIRST_BYTES)
    this.#write(bytes)
  }
}
