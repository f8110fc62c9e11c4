/**
 * Bytes that grow, with the integer encodings of WebAssembly.
 *
 * @module
 */

const encoder = new TextEncoder()

export class ByteWriter {
  #bytes: Uint8Array<ArrayBuffer>
  #length = 0

  constructor(capacity = 1024) {
    this.#bytes = new Uint8Array(capacity)
  }

  get length(): number {
    return this.#length
  }

  /** Drops all written bytes and keeps the buffer. */
  clear(): void {
    this.#length = 0
  }

  /** The bytes written so far: a view that the next write may leave behind. */
  view(): Uint8Array<ArrayBuffer> {
    return this.#bytes.subarray(0, this.#length)
  }

  /** A copy of the bytes written so far. */
  finish(): Uint8Array<ArrayBuffer> {
    return this.#bytes.slice(0, this.#length)
  }

  byte(value: number): void {
    if (this.#length === this.#bytes.length) this.#grow(1)
    this.#bytes[this.#length++] = value
  }

  /** Overwrites one byte that was written before. */
  patch(at: number, value: number): void {
    this.#bytes[at] = value
  }

  unsigned(value: number): void {
    let rest = value >>> 0
    while (rest > 0x7f) {
      this.byte((rest & 0x7f) | 0x80)
      rest >>>= 7
    }
    this.byte(rest)
  }

  signed(value: number): void {
    let rest = value | 0
    while (rest < -64 || rest > 63) {
      this.byte((rest & 0x7f) | 0x80)
      rest >>= 7
    }
    this.byte(rest & 0x7f)
  }

  copy(source: Uint8Array, start = 0, end: number = source.length): void {
    const count = end - start
    if (this.#length + count > this.#bytes.length) this.#grow(count)
    // Most runs between two edits are a few bytes: a loop is quicker than a typed array for each.
    if (count < 32) {
      for (let at = start; at < end; at++) this.#bytes[this.#length++] = source[at] ?? 0
    } else {
      this.#bytes.set(source.subarray(start, end), this.#length)
      this.#length += count
    }
  }

  /** Bytes preceded by their number. */
  sized(source: Uint8Array): void {
    this.unsigned(source.length)
    this.copy(source)
  }

  name(text: string): void {
    this.sized(encoder.encode(text))
  }

  #grow(count: number): void {
    const bytes = new Uint8Array(Math.max(this.#bytes.length * 2, this.#length + count))
    bytes.set(this.#bytes.subarray(0, this.#length))
    this.#bytes = bytes
  }
}
