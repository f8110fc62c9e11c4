/**
 * Reads WebAssembly binaries byte by byte: bounds-checked, LEB128, every failure a `MayflyError` with the
 * offset in the file.
 *
 * Offsets are absolute: a reader over a part of a file reports where in the file something is. Nothing is
 * copied; names are decoded and everything else stays a range.
 *
 * @module
 */

import { MayflyError } from '../errors/index.ts'

const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

export class ByteReader {
  readonly bytes: Uint8Array
  /** Offset of the first byte after the range that is read. */
  readonly end: number
  /** Name of the content, for messages: `component`, `core module`. */
  readonly subject: string
  /** The next byte to be read. */
  offset: number

  constructor(bytes: Uint8Array, start = 0, end: number = bytes.length, subject = 'component') {
    if (start < 0 || end > bytes.length || start > end) {
      throw new RangeError(`Cannot read bytes ${start} to ${end}: there are ${bytes.length}`)
    }
    this.bytes = bytes
    this.offset = start
    this.end = end
    this.subject = subject
  }

  get done(): boolean {
    return this.offset >= this.end
  }

  get remaining(): number {
    return this.end - this.offset
  }

  /** Throws ERR_COMPONENT_MALFORMED; `state` completes `Cannot read <subject>: `. */
  fail(state: string, offset: number = this.offset): never {
    throw new MayflyError(
      'ERR_COMPONENT_MALFORMED',
      `Cannot read ${this.subject}: ${state} at byte ${offset}`,
      { facts: { offset } },
    )
  }

  #endEarly(): never {
    throw new MayflyError(
      'ERR_COMPONENT_MALFORMED',
      `Cannot read ${this.subject}: unexpected end at byte ${this.offset}`,
      {
        facts: { offset: this.offset },
        hint: 'The file is cut short or broken: build or copy it again',
      },
    )
  }

  /** Throws ERR_COMPONENT_UNSUPPORTED for something valid that this runtime does not have. */
  refuse(feature: string, offset: number = this.offset): never {
    throw new MayflyError(
      'ERR_COMPONENT_UNSUPPORTED',
      `Cannot link ${this.subject}: it uses ${feature} at byte ${offset}`,
      { facts: { offset, feature } },
    )
  }

  byte(): number {
    const offset = this.offset
    const value = this.bytes[offset]
    if (offset >= this.end || value === undefined) this.#endEarly()
    this.offset = offset + 1
    return value
  }

  /** Returns the next byte without moving. */
  peek(): number {
    const value = this.bytes[this.offset]
    if (this.offset >= this.end || value === undefined) this.#endEarly()
    return value
  }

  u32(): number {
    const start = this.offset
    let result = 0
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.byte()
      if (shift === 28 && byte > 0x0f) this.fail('number exceeds 32 bits', start)
      result |= (byte & 0x7f) << shift
      if (byte < 0x80) return result >>> 0
    }
    return this.fail('number exceeds 32 bits', start)
  }

  s32(): number {
    return this.#signed(32)
  }

  /** Where a type is either an index (not negative) or an opcode (negative). */
  s33(): number {
    return this.#signed(33)
  }

  s64(): bigint {
    const start = this.offset
    let result = 0n
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = this.byte()
      result |= BigInt(byte & 0x7f) << shift
      if (byte < 0x80) {
        if (shift === 63n && byte !== 0 && byte !== 0x7f) break
        return BigInt.asIntN(64, byte & 0x40 ? result - (1n << (shift + 7n)) : result)
      }
    }
    return this.fail('number exceeds 64 bits', start)
  }

  u64(): bigint {
    const start = this.offset
    let result = 0n
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = this.byte()
      if (shift === 63n && byte > 1) break
      result |= BigInt(byte & 0x7f) << shift
      if (byte < 0x80) return result
    }
    return this.fail('number exceeds 64 bits', start)
  }

  /**
   * Returns the length of a vector. An element takes at least `minimumBytes`, so a count that cannot fit in the
   * remaining bytes is refused here, before anything is allocated for it.
   */
  count(what: string, minimumBytes = 1): number {
    const start = this.offset
    const count = this.u32()
    if (count * minimumBytes > this.remaining) {
      this.fail(`${count} ${what} in ${this.remaining} bytes`, start)
    }
    return count
  }

  /** Reads a vector whose elements take at least one byte each. */
  vector<T>(what: string, read: () => T): T[] {
    const count = this.count(what)
    const elements: T[] = []
    for (let i = 0; i < count; i++) elements.push(read())
    return elements
  }

  /** Reads a length-prefixed UTF-8 string. */
  name(): string {
    const start = this.offset
    const bytes = this.take(this.u32())
    try {
      return UTF8.decode(bytes)
    } catch {
      return this.fail('name that is not UTF-8', start)
    }
  }

  /** Returns a view of the next `length` bytes and moves past them. */
  take(length: number): Uint8Array {
    const start = this.offset
    this.skip(length)
    return this.bytes.subarray(start, this.offset)
  }

  skip(length: number): void {
    if (length > this.remaining) this.#endEarly()
    this.offset += length
  }

  /** Returns a reader over the next `length` bytes and moves past them. */
  part(length: number, subject: string = this.subject): ByteReader {
    const start = this.offset
    this.skip(length)
    return new ByteReader(this.bytes, start, this.offset, subject)
  }

  /** Fails unless everything was read. */
  expectEnd(what: string): void {
    if (!this.done) this.fail(`${this.remaining} bytes too many in ${what}`)
  }

  /** The arithmetic is on doubles: 33 bits do not fit the 32 of JavaScript's bit operators. */
  #signed(bits: 32 | 33): number {
    const start = this.offset
    let result = 0
    let factor = 1
    for (let i = 0; i < 5; i++) {
      const byte = this.byte()
      result += (byte & 0x7f) * factor
      factor *= 128
      if (byte < 0x80) {
        const value = byte & 0x40 ? result - factor : result
        const bound = 2 ** (bits - 1)
        if (value < -bound || value >= bound) break
        return value
      }
    }
    return this.fail(`number exceeds ${bits} bits`, start)
  }
}
