/**
 * A pipe from a guest that writes to the reader of a stream, with back-pressure.
 *
 * @module
 */

import type { ByteSink } from '../../host-module/program.ts'

// Bytes that may wait in the pipe before its writer waits: sixteen of the chunks that WASI guests write.
const HIGH_WATER_BYTES = 65_536

/** A sink for a guest to write to, with a stream for the host to read from. The guest waits above 64 KiB. */
export class BytePipe implements ByteSink {
  /** What was written, in order. */
  readonly readable: ReadableStream<Uint8Array>
  #controller: ReadableStreamDefaultController<Uint8Array> | undefined
  #state: 'open' | 'closed' | 'cancelled' = 'open'
  #wake: (() => void) | undefined
  #waiting: Promise<void> | undefined

  /** `onCancel` runs when the reader does not want the rest. */
  constructor(onCancel: () => void = () => {}) {
    this.readable = new ReadableStream<Uint8Array>(
      {
        start: (controller) => {
          this.#controller = controller
        },
        pull: () => this.#resume(),
        cancel: () => {
          if (this.#state === 'open') this.#state = 'cancelled'
          this.#resume()
          onCancel()
        },
      },
      { highWaterMark: HIGH_WATER_BYTES, size: (chunk) => chunk.byteLength },
    )
  }

  /** Whether more may be written: neither end has closed it. */
  get open(): boolean {
    return this.#state === 'open'
  }

  room(): number {
    return this.#state === 'open' ? Math.max(0, this.#controller?.desiredSize ?? 0) : 0
  }

  write(bytes: Uint8Array): void {
    if (this.#state === 'open' && bytes.byteLength > 0) this.#controller?.enqueue(bytes)
  }

  wait(): Promise<void> {
    if (this.#state !== 'open' || this.room() > 0) return Promise.resolve()
    this.#waiting ??= new Promise((resolve) => {
      this.#wake = resolve
    })
    return this.#waiting
  }

  close(): void {
    if (this.#state !== 'open') return
    this.#state = 'closed'
    this.#controller?.close()
    this.#resume()
  }

  /** The reader gets `error` in place of the rest. */
  fail(error: unknown): void {
    if (this.#state !== 'open') return
    this.#state = 'closed'
    this.#controller?.error(error)
    this.#resume()
  }

  #resume(): void {
    this.#wake?.()
    this.#wake = undefined
    this.#waiting = undefined
  }
}
