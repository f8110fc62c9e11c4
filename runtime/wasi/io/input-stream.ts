/**
 * `wasi:io/streams` input-stream, over anything that has bytes.
 *
 * @module
 */
import { closed } from './io-error.ts'
import { Pollable, untilReady, type Readiness } from './pollable.ts'

/** Where the bytes come from. `ready` says whether `read` would return bytes, the end, or an error. */
export interface ByteSource extends Readiness {
  /**
   * Returns at most `length` bytes: none while there are none yet, `undefined` at the end.
   *
   * @throws {GuestError} with a stream error
   */
  read(length: number): Uint8Array | undefined
}

// A guest may ask for 2^64 bytes; it gets no more at once than it can be lent a buffer for.
const MAX_READ_BYTES = 1_048_576

export class InputStream implements Disposable {
  readonly #source: ByteSource

  constructor(source: ByteSource) {
    this.#source = source
  }

  read(length: bigint): Uint8Array {
    const bytes = this.#source.read(bounded(length))
    if (bytes === undefined) throw closed()
    return bytes
  }

  blockingRead(length: bigint): Uint8Array | Promise<Uint8Array> {
    if (length === 0n || this.#source.ready()) return this.read(length)
    return untilReady(this.#source).then(() => this.read(length))
  }

  skip(length: bigint): bigint {
    return BigInt(this.read(length).byteLength)
  }

  blockingSkip(length: bigint): bigint | Promise<bigint> {
    const bytes = this.blockingRead(length)
    return bytes instanceof Promise
      ? bytes.then(({ byteLength }) => BigInt(byteLength))
      : BigInt(bytes.byteLength)
  }

  subscribe(): Pollable {
    const source = this.#source
    return new Pollable({ ready: () => source.ready(), wait: () => source.wait() })
  }

  [Symbol.dispose](): void {
    this.#source.dispose?.()
  }
}

function bounded(length: bigint): number {
  return length > MAX_READ_BYTES ? MAX_READ_BYTES : Number(length)
}
