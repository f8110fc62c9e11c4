/**
 * The messages between a host and the process of a group, as bytes.
 *
 * A frame is its length, a kind, numbers of a fixed width, and a rest: values, text or a component. The host reads frames
 * of a process that it does not trust, so a reader checks each step against the end of the frame.
 *
 * @module
 */
import { MayflyError } from '../errors/index.ts'

/** Messages to the process of a group. */
export const TO_GROUP = {
  load: 1,
  unload: 2,
  run: 3,
  stop: 4,
  answer: 5,
  stats: 6,
} as const

/** Messages from it. */
export const FROM_GROUP = {
  loaded: 1,
  import: 2,
  drop: 3,
  done: 4,
  stats: 5,
  initialises: 6,
  cancel: 7,
} as const

/** How a call has ended, or an import was answered. */
export const ENDING = {
  /** With a value of the type of the result. */
  value: 0,
  /** With an error of the engine, as text. */
  error: 1,
  /** The host function failed: the host knows with what. */
  hostFailure: 2,
} as const

/**
 * Imports of one call that may wait for their answers at once. Guests of preview 2 have one; one with many tasks has
 * dozens.
 */
export const MAX_WAITING = 4_096

/** Bytes of the length in front of a frame. */
export const LENGTH_BYTES = 4

// Twice the values that one call may pass (`LIFT_BUDGET_BYTES`): their records and pointers count too.
const MAX_FRAME_BYTES: number = 2 ** 27
// An error with its hint and facts, or counts with some dozens of reasons. Longer JSON would take time to read.
const MAX_TEXT_BYTES = 131_072
const FIRST_BYTES = 4_096
// Larger frames are rare: the memory for one is given back before the next.
const MOST_KEPT_BYTES = 1_048_576
const KIND_BYTES = 1

const encoder = new TextEncoder()
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** Writes one frame at a time into memory that the next frame overwrites. */
export class FrameWriter {
  #bytes: Uint8Array<ArrayBuffer> = new Uint8Array(FIRST_BYTES)
  #view: DataView<ArrayBuffer> = new DataView(this.#bytes.buffer)
  #at = 0

  begin(kind: number): this {
    if (this.#bytes.byteLength > MOST_KEPT_BYTES) this.#replace(new Uint8Array(FIRST_BYTES))
    this.#at = LENGTH_BYTES
    this.#room(KIND_BYTES)
    this.#view.setUint8(this.#at, kind)
    this.#at += KIND_BYTES
    return this
  }

  u8(value: number): this {
    this.#room(1)
    this.#view.setUint8(this.#at, value)
    this.#at += 1
    return this
  }

  u32(value: number): this {
    this.#room(4)
    this.#view.setUint32(this.#at, value, true)
    this.#at += 4
    return this
  }

  f64(value: number): this {
    this.#room(8)
    this.#view.setFloat64(this.#at, value, true)
    this.#at += 8
    return this
  }

  bytes(value: Uint8Array): this {
    this.#room(value.byteLength)
    this.#bytes.set(value, this.#at)
    this.#at += value.byteLength
    return this
  }

  text(value: string): this {
    return this.bytes(encoder.encode(value))
  }

  /** Bytes with their length in front. */
  block(value: Uint8Array): this {
    return this.u32(value.byteLength).bytes(value)
  }

  /** The frame. To be copied before the next one begins. */
  end(): Uint8Array<ArrayBuffer> {
    this.#view.setUint32(0, this.#at - LENGTH_BYTES, true)
    return this.#bytes.subarray(0, this.#at)
  }

  #room(byteLength: number): void {
    const needed = this.#at + byteLength
    if (needed <= this.#bytes.byteLength) return
    const grown = new Uint8Array(Math.max(needed, 2 * this.#bytes.byteLength))
    grown.set(this.#bytes.subarray(0, this.#at))
    this.#replace(grown)
  }

  #replace(bytes: Uint8Array<ArrayBuffer>): void {
    this.#bytes = bytes
    this.#view = new DataView(bytes.buffer)
  }
}

/** Reads one frame, without its length. */
export class FrameReader {
  readonly kind: number
  readonly #bytes: Uint8Array
  readonly #view: DataView
  #at = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    this.kind = this.u8()
  }

  u8(): number {
    return this.#view.getUint8(this.#step(1))
  }

  u32(): number {
    return this.#view.getUint32(this.#step(4), true)
  }

  f64(): number {
    return this.#view.getFloat64(this.#step(8), true)
  }

  block(): Uint8Array {
    const byteLength = this.u32()
    const at = this.#step(byteLength)
    return this.#bytes.subarray(at, at + byteLength)
  }

  /** All that is left. */
  rest(): Uint8Array {
    const at = this.#at
    this.#at = this.#bytes.byteLength
    return this.#bytes.subarray(at)
  }

  /** A short text: counts, or an error. */
  restText(): string {
    const bytes = this.rest()
    if (bytes.byteLength > MAX_TEXT_BYTES) throw malformed('its text is too long')
    return textOf(bytes)
  }

  #step(byteLength: number): number {
    const at = this.#at
    if (at + byteLength > this.#bytes.byteLength) throw malformed('it ends too early')
    this.#at = at + byteLength
    return at
  }
}

/** @throws {MayflyError} when it is no UTF-8 */
export function textOf(bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes)
  } catch {
    throw malformed('its text is not UTF-8')
  }
}

/** Cuts a stream of bytes into frames. */
export class FrameSplitter {
  #bytes: Uint8Array = new Uint8Array()
  /** Where the next frame begins, and where the bytes end that have come. */
  #at = 0
  #end = 0
  /** Whether there may be room after the end: else `#bytes` are those that came. */
  #isOwn = false

  /** Takes the next bytes. `next` is to be called until there is no frame. */
  push(chunk: Uint8Array): void {
    const held = this.#end - this.#at
    const needed = held + chunk.byteLength
    if (held === 0) {
      // A plain view: `slice` of a Buffer of Node copies nothing.
      this.#bytes = new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.byteLength)
      this.#at = 0
      this.#end = needed
      this.#isOwn = false
      return
    }
    // One memory and no list of pieces: a sender that sends single bytes would make millions.
    if (!this.#isOwn || this.#end + chunk.byteLength > this.#bytes.byteLength) {
      const grown = new Uint8Array(Math.max(needed, 2 * held))
      grown.set(this.#bytes.subarray(this.#at, this.#end))
      this.#bytes = grown
      this.#at = 0
      this.#end = held
      this.#isOwn = true
    }
    this.#bytes.set(chunk, this.#end)
    this.#end += chunk.byteLength
  }

  /**
   * The next frame that is complete, without its length.
   *
   * @throws {MayflyError} for a frame that is too long
   */
  next(): Uint8Array | undefined {
    const { byteOffset, buffer } = this.#bytes
    const from = this.#at + LENGTH_BYTES
    if (from > this.#end) return undefined
    const length = new DataView(buffer, byteOffset).getUint32(this.#at, true)
    if (length > MAX_FRAME_BYTES) throw malformed(`it has ${length} bytes`)
    if (from + length > this.#end) return undefined
    this.#at = from + length
    return this.#bytes.subarray(from, this.#at)
  }
}

/** The error of a message that breaks the protocol: its sender is not to be trusted with another. */
export function malformed(why: string): MayflyError {
  return new MayflyError('ERR_GUEST_TRAPPED', `Cannot read message: ${why}`)
}
