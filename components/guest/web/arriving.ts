/**
 * Bodies that are not there yet: of the request that is answered, and of responses to `fetch`.
 *
 * They are read straight, chunk by chunk. A `ReadableStream` of one is made only when an agent asks for it, and one that
 * was only passed on is taken apart again: chunks then go through no stream.
 *
 * @module
 */

import type { HostBody } from '../host.ts'
import { cancelBody, readBody, type Abortable } from '../work.ts'
import { endStream, isDisturbed, ReadableStream } from './readable-stream.ts'

/** What is read chunk by chunk. */
export interface Chunks {
  /** The next chunk; nothing at the end. One read at a time. */
  read(): Promise<Uint8Array | undefined>
  /** Gives the rest up: a read that is under way finds no more. */
  cancel(reason?: unknown): unknown
}

/** Streams that were made here. */
const origins = new WeakMap<ReadableStream<Uint8Array>, ArrivingBody>()

/** A body that the host has. */
export class ArrivingBody implements Chunks {
  readonly #body: HostBody
  readonly #explain: (error: unknown) => unknown
  readonly #signal: Abortable | undefined
  readonly #onAbort: () => void
  #failure: { readonly error: unknown } | undefined

  /**
   * @param explain - makes the error that an agent sees
   * @param signal - ends the body with its reason
   */
  constructor(body: HostBody, explain: (error: unknown) => unknown, signal?: Abortable) {
    this.#body = body
    this.#explain = explain
    this.#signal = signal
    this.#onAbort = () => {
      this.#failure = { error: signal?.reason }
      this.cancel()
    }
    signal?.addEventListener('abort', this.#onAbort)
  }

  async read(): Promise<Uint8Array | undefined> {
    let chunk: Uint8Array | undefined
    try {
      chunk = await readBody(this.#body)
    } catch (error) {
      this.#failure ??= { error: this.#explain(error) }
    }
    if (chunk === undefined) this.#signal?.removeEventListener('abort', this.#onAbort)
    if (this.#failure !== undefined) throw this.#failure.error
    return chunk
  }

  cancel(): void {
    this.#signal?.removeEventListener('abort', this.#onAbort)
    cancelBody(this.#body)
  }
}

/** Returns `body` as a stream, which asks the host only when it is read. */
export function streamOver(body: ArrivingBody): ReadableStream<Uint8Array> {
  const stream = new ReadableStream<Uint8Array>(
    {
      type: 'bytes',
      async pull(controller) {
        const chunk = await body.read()
        if (chunk === undefined) endStream(controller)
        else controller.enqueue(chunk)
      },
      cancel: () => body.cancel(),
    },
    { highWaterMark: 0 },
  )
  origins.set(stream, body)
  return stream
}

/** Takes `source` to read it to its end. */
export function chunksOf(source: ArrivingBody | ReadableStream<Uint8Array>): Chunks {
  if (source instanceof ArrivingBody) return source
  const origin = isDisturbed(source) ? undefined : origins.get(source)
  // Locked in any case.
  const reader = source.getReader()
  if (origin !== undefined) return origin
  return {
    async read() {
      const { done, value } = await reader.read()
      if (done || value instanceof Uint8Array) return value
      throw new TypeError('Cannot read the body: a chunk of its stream is not a Uint8Array')
    },
    cancel: (reason) => reader.cancel(reason),
  }
}

/** Returns all of `source`. */
export async function readAll(
  source: ArrivingBody | ReadableStream<Uint8Array>,
): Promise<Uint8Array<ArrayBuffer>> {
  const chunks = chunksOf(source)
  const parts: Uint8Array[] = []
  let length = 0
  for (;;) {
    const chunk = await chunks.read()
    if (chunk === undefined) break
    parts.push(chunk)
    length += chunk.byteLength
  }
  const bytes = new Uint8Array(length)
  let at = 0
  for (const part of parts) {
    bytes.set(part, at)
    at += part.byteLength
  }
  return bytes
}
