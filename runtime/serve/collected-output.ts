/**
 * Standard output and error of a program, collected for a caller that wants them in one piece.
 *
 * @module
 */
import { joinBytes } from '../bytes/index.ts'
import type { ByteSink } from '../host-module/index.ts'
import { bodyTooLarge, tooManyBodies } from './body-errors.ts'
import type { ServedInvocation } from './served-invocation.ts'

/** How much is kept of both together. Stops the program that writes more. */
export class OutputBound {
  readonly #invocation: ServedInvocation
  readonly #maxBytes: number
  #bytes = 0

  constructor(invocation: ServedInvocation, maxBytes: number) {
    this.#invocation = invocation
    this.#maxBytes = maxBytes
  }

  take(bytes: number): void {
    this.#bytes += bytes
    if (this.#bytes > this.#maxBytes)
      this.#invocation.halt(bodyTooLarge('response-body', this.#bytes, this.#maxBytes))
    else if (!this.#invocation.held.take(bytes)) this.#invocation.halt(tooManyBodies())
  }
}

// Bytes that a program may write at once. Nothing waits, because the output is kept.
const ROOM_BYTES = 65_536

/** One of the two, kept until the program has ended. */
export class CollectedOutput implements ByteSink {
  readonly #chunks: Uint8Array[] = []
  readonly #bound: OutputBound
  #length = 0

  constructor(bound: OutputBound) {
    this.#bound = bound
  }

  room(): number {
    return ROOM_BYTES
  }

  write(bytes: Uint8Array): void {
    this.#bound.take(bytes.byteLength)
    this.#chunks.push(bytes)
    this.#length += bytes.byteLength
  }

  wait(): Promise<void> {
    return Promise.resolve()
  }

  bytes(): Uint8Array {
    return joinBytes(this.#chunks, this.#length)
  }
}
