/**
 * `Blob` and `File`. Their bytes are put together when they are made: an agent's memory is small, and a
 * blob in it is read in the same request.
 *
 * @module
 */

import { decodeUtf8, encodeUtf8 } from '../engine.ts'
import { now } from '../host.ts'
import { ReadableStream } from './readable-stream.ts'

export type BlobPart = string | ArrayBuffer | ArrayBufferView | Blob

export interface BlobOptions {
  /**
   * The media type.
   *
   * @default ''
   */
  type?: string
}

export interface FileOptions extends BlobOptions {
  /**
   * Milliseconds since 1970.
   *
   * @default now
   */
  lastModified?: number
}

/** Hands out the bytes of a blob without copying them. For this library only. */
export let bytesOfBlob: (blob: Blob) => Uint8Array<ArrayBuffer>

export class Blob {
  #bytes: Uint8Array<ArrayBuffer>
  readonly type: string

  static {
    bytesOfBlob = (blob) => blob.#bytes
  }

  constructor(parts: Iterable<BlobPart> = [], options?: BlobOptions | null) {
    this.#bytes = join(parts)
    const { type: given = '' } = members(options)
    const type = String(given)
    this.type = /[^\x20-\x7e]/.test(type) ? '' : type.toLowerCase()
  }

  get size(): number {
    return this.#bytes.byteLength
  }

  slice(start = 0, end: number = this.size, type = ''): Blob {
    const part = new Blob([], { type: String(type) })
    part.#bytes = this.#bytes.slice(clamp(start), clamp(end))
    return part
  }

  async text(): Promise<string> {
    const text = decodeUtf8(this.#bytes)
    return text.charCodeAt(0) === 0xfeff ? text.slice(1) : text
  }

  async bytes(): Promise<Uint8Array<ArrayBuffer>> {
    return this.#bytes.slice()
  }

  async arrayBuffer(): Promise<ArrayBuffer> {
    return this.#bytes.slice().buffer
  }

  stream(): ReadableStream<Uint8Array> {
    const bytes = this.#bytes.slice()
    return new ReadableStream({
      type: 'bytes',
      start(controller) {
        if (bytes.byteLength > 0) controller.enqueue(bytes)
        controller.close()
      },
    })
  }

  get [Symbol.toStringTag](): string {
    return 'Blob'
  }
}

export class File extends Blob {
  readonly name: string
  readonly lastModified: number

  constructor(parts: Iterable<BlobPart>, name: string, options?: FileOptions | null) {
    super(parts, options)
    this.name = String(name)
    this.lastModified = Math.trunc(options?.lastModified ?? now()) || 0
  }

  override get [Symbol.toStringTag](): string {
    return 'File'
  }
}

function join(parts: Iterable<BlobPart>): Uint8Array<ArrayBuffer> {
  if (typeof parts !== 'object') throw new TypeError('Cannot make a blob: its parts are no list')
  const pieces: Uint8Array[] = []
  // Not at once: to make a text of one part may change the parts after it.
  for (const part of parts) pieces.push(toPiece(part))
  const bytes = new Uint8Array(pieces.reduce((length, piece) => length + piece.byteLength, 0))
  let at = 0
  for (const piece of pieces) {
    bytes.set(piece, at)
    at += piece.byteLength
  }
  return bytes
}

/** Of a value of a script, the object whose properties are options. */
function members<Options extends object>(options: Options | null | undefined): Partial<Options> {
  if (options === null || options === undefined) return {}
  if (typeof options === 'object' || typeof options === 'function') return options
  throw new TypeError('Cannot make a blob: its options are no object')
}

/** The whole number next to `value`, and of two the even one. */
function clamp(value: number): number {
  const rounded = Math.round(value)
  return rounded - value === 0.5 && rounded % 2 !== 0 ? rounded - 1 : rounded
}

function toPiece(part: BlobPart): Uint8Array {
  if (part instanceof Blob) return bytesOfBlob(part)
  if (part instanceof ArrayBuffer) return new Uint8Array(part)
  if (ArrayBuffer.isView(part)) return new Uint8Array(part.buffer, part.byteOffset, part.byteLength)
  return encodeUtf8(String(part))
}
