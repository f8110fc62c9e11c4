/** `ReadableStreamBYOBReader`: reads into buffers that its agent brings. @module */

import type { BYOBReader, ReadInto } from '../../parts.ts'
import { foreign } from '../../web/deferred.ts'
import { PromisedRead } from '../../web/readable-state.ts'
import { readableOf } from '../../web/readable-stream.ts'
import { toLength } from './byte-controller.ts'
import { IntoReader } from './into-reader.ts'
import type { ReadIntoRequest } from './into-requests.ts'

class PromisedReadInto extends PromisedRead<unknown> {
  override close(view?: ArrayBufferView): void {
    this.resolve({ value: view, done: true })
  }
}

export class ReadableStreamBYOBReader implements BYOBReader {
  readonly #reader: IntoReader

  constructor(stream: unknown) {
    this.#reader = new IntoReader(readableOf(stream))
  }

  get closed(): Promise<undefined> {
    return #reader in this ? this.#reader.closed.promise : Promise.reject(foreign('reader'))
  }

  async read<View extends ArrayBufferView>(
    view: View,
    options?: { min?: number },
  ): Promise<ReadInto<View>> {
    const reader = this.#reader
    const least = leastOf(view, options)
    const request = new PromisedReadInto()
    reader.read(view, least, request satisfies ReadIntoRequest)
    return request.promise as Promise<ReadInto<View>>
  }

  async cancel(reason?: unknown): Promise<void> {
    return this.#reader.held().cancel(reason)
  }

  releaseLock(): void {
    this.#reader.release()
  }

  get [Symbol.toStringTag](): string {
    return 'ReadableStreamBYOBReader'
  }
}

function leastOf(view: unknown, options: unknown): number {
  if (!ArrayBuffer.isView(view)) throw new TypeError('Cannot read: no view is given')
  const given = Object(options ?? {}) as { min?: unknown }
  const least = given.min === undefined ? 1 : toLength(given.min, 'min')
  if (view.byteLength === 0 || view.buffer.byteLength === 0) {
    throw new TypeError('Cannot read: the view is empty')
  }
  if (least === 0) throw new TypeError('Cannot read: "min" is 0')
  const room = view instanceof DataView ? view.byteLength : (view as Uint8Array).length
  if (least > room) throw new RangeError('Cannot read: "min" is more than the view has room for')
  return least
}
