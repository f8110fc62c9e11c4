/**
 * `CompressionStream` and `DecompressionStream`, over pako. The work and its results are the agent's: data that unpacks
 * without an end meets the limits of the agent's memory and time.
 *
 * @module
 */

import { Deflate, Inflate } from 'pako'
import { define } from './define.ts'

type Chunk = Uint8Array<ArrayBuffer>

/** The options of pako for a format. */
const FORMATS: Readonly<Record<string, { pack: object; unpack: object }>> = {
  gzip: { pack: { gzip: true }, unpack: { windowBits: 31 } },
  deflate: { pack: {}, unpack: { windowBits: 15 } },
  'deflate-raw': { pack: { raw: true }, unpack: { raw: true, windowBits: 15 } },
}
/** Hands out what there is at once. */
const SYNC_FLUSH = 2

export class CompressionStream {
  readonly #pair: TransformStream<BufferSource, Chunk>

  constructor(format: string) {
    const packer = new Deflate(optionsOf(format).pack)
    this.#pair = new TransformStream<BufferSource, Chunk>({
      start(controller) {
        packer.onData = (bytes: Chunk) => controller.enqueue(bytes)
      },
      transform: (chunk) => void packer.push(bytesOf(chunk), false),
      flush: () => void packer.push(new Uint8Array(0), true),
    })
  }

  get readable(): ReadableStream<Chunk> {
    return this.#pair.readable
  }

  get writable(): WritableStream<BufferSource> {
    return this.#pair.writable
  }

  get [Symbol.toStringTag](): string {
    return 'CompressionStream'
  }
}

export class DecompressionStream {
  readonly #pair: TransformStream<BufferSource, Chunk>

  constructor(format: string) {
    const unpacker = new Inflate(optionsOf(format).unpack)
    let hasMore = (): boolean => false
    this.#pair = new TransformStream<BufferSource, Chunk>({
      start(controller) {
        unpacker.onData = (bytes: Chunk) => controller.enqueue(bytes)
        unpacker.onStart = (state) => {
          hasMore = () => state.avail_in > 0
        }
      },
      transform(chunk) {
        const bytes = bytesOf(chunk)
        if (bytes.byteLength === 0) return
        if (unpacker.ended) throw new TypeError('Cannot decompress: there is data after the end')
        unpacker.push(bytes, SYNC_FLUSH)
        if (unpacker.err !== 0) throw new TypeError(`Cannot decompress: ${unpacker.msg}`)
        if (unpacker.ended && hasMore()) {
          throw new TypeError('Cannot decompress: there is data after the end')
        }
      },
      flush() {
        if (!unpacker.ended) throw new TypeError('Cannot decompress: the data ends too early')
      },
    })
  }

  get readable(): ReadableStream<Chunk> {
    return this.#pair.readable
  }

  get writable(): WritableStream<BufferSource> {
    return this.#pair.writable
  }

  get [Symbol.toStringTag](): string {
    return 'DecompressionStream'
  }
}

define({ CompressionStream, DecompressionStream })

function optionsOf(format: string): { pack: object; unpack: object } {
  const options = Object.hasOwn(FORMATS, String(format)) ? FORMATS[String(format)] : undefined
  if (options !== undefined) return options
  const known = Object.keys(FORMATS).join(', ')
  throw new TypeError(`Cannot compress as "${String(format)}": not one of ${known}`)
}

function bytesOf(chunk: unknown): Uint8Array {
  if (chunk instanceof ArrayBuffer) return new Uint8Array(chunk)
  if (ArrayBuffer.isView(chunk)) {
    return new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.byteLength)
  }
  throw new TypeError('Cannot take a chunk: it is no ArrayBuffer and no view of one')
}
