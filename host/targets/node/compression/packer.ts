/**
 * Compresses bytes with the libraries of Node, on its threads for such work.
 *
 * Levels are for answers that are made once: the quickest that take most of the size away.
 *
 * @module
 */
import { promisify } from 'node:util'
import {
  brotliCompress,
  constants,
  createBrotliCompress,
  createGzip,
  createZstdCompress,
  gzip,
  zstdCompress,
  type BrotliCompress,
  type Gzip,
  type ZstdCompress,
} from 'node:zlib'
import type { Encoding } from '../../../assets/index.ts'

// Each has a window of 256 KiB: with a larger one, an answer that streams holds megabytes.
const BROTLI = {
  params: { [constants.BROTLI_PARAM_QUALITY]: 4, [constants.BROTLI_PARAM_LGWIN]: 18 },
}
const ZSTD = {
  params: { [constants.ZSTD_c_compressionLevel]: 3, [constants.ZSTD_c_windowLog]: 18 },
}
const GZIP = { level: 5 }

const ALL: Readonly<Record<Encoding, (bytes: Uint8Array) => Promise<Buffer>>> = {
  br: (bytes) => promisify(brotliCompress)(bytes, BROTLI),
  zstd: (bytes) => promisify(zstdCompress)(bytes, ZSTD),
  gzip: (bytes) => promisify(gzip)(bytes, GZIP),
}

/** Compresses all of `bytes`. */
export function pack(bytes: Uint8Array, encoding: Encoding): Promise<Uint8Array> {
  return ALL[encoding](bytes)
}

/** Compresses piece by piece: the client can read each when it comes. */
export class Packer {
  readonly #stream: BrotliCompress | ZstdCompress | Gzip
  readonly #flushKind: number
  #packed: Buffer[] = []

  constructor(encoding: Encoding) {
    this.#flushKind = FLUSH[encoding]
    this.#stream = streamOf(encoding)
    this.#stream.on('data', (chunk: Buffer) => void this.#packed.push(chunk))
    // The call under way rejects with it. Without a listener it would end the thread.
    this.#stream.on('error', () => {})
  }

  /** Returns what can be sent once `bytes` are added. */
  push(bytes: Uint8Array): Promise<Uint8Array> {
    return this.#after((done) => {
      this.#stream.write(bytes)
      this.#stream.flush(this.#flushKind, () => done())
    })
  }

  /** Returns the rest. */
  end(): Promise<Uint8Array> {
    return this.#after((done) => void this.#stream.end().once('end', done))
  }

  /** Frees what it holds. */
  close(): void {
    this.#stream.close()
  }

  #after(begin: (done: () => void) => void): Promise<Uint8Array> {
    return new Promise((resolve, reject) => {
      this.#stream.once('error', reject)
      begin(() => {
        this.#stream.removeListener('error', reject)
        const packed = Buffer.concat(this.#packed)
        this.#packed = []
        resolve(packed)
      })
    })
  }
}

const FLUSH: Readonly<Record<Encoding, number>> = {
  br: constants.BROTLI_OPERATION_FLUSH,
  zstd: constants.ZSTD_e_flush,
  gzip: constants.Z_SYNC_FLUSH,
}

function streamOf(encoding: Encoding): BrotliCompress | ZstdCompress | Gzip {
  switch (encoding) {
    case 'br':
      return createBrotliCompress(BROTLI)
    case 'zstd':
      return createZstdCompress(ZSTD)
    case 'gzip':
      return createGzip(GZIP)
  }
}
