/**
 * Bodies that are not there yet: of the request that is answered, and of responses to `fetch`.
 *
 * They are read straight, chunk by chunk. A `ReadableStream` of one is made only when an agent asks for it, and one that
 * was only passed on is taken apart again: chunks then go through no stream.
 *
 * @module
 */

import { isLater, type HostBody, type Later } from '../host.ts'
import type { Abortable } from '../work.ts'
import { isDisturbed, ReadableStream } from './readable-stream.ts'

/** What is read chunk by chunk. */
export interface Chunks {
  /** The next chunk, at once when it is there; nothing at the end. One read at a time. */
  read(): Later<Uint8Array | undefined>
  /** Gives the rest up: a read that is under way finds no more. */
  cancel(reason?: unknown): unknown
}

/** Streams that were made here. */
const origins = new WeakMap<ReadableStream<Uint8Array>, ArrivingBody>()

/** A body that the host has. */
export class ArrivingBody implements Chunks {
  readonly #body: HostBody
  readonly #explain: (error: unknown) => unknown
  #signal: Abortable | undefined
  #onAbort: (() => void) | undefined
  #failure: { readonly error: unknown } | undefined

  /**
   * @param explain - makes the error that an agent sees
   * @param signal - ends the body with its reason
   */
  constructor(body: HostBody, explain: (error: unknown) => unknown, signal?: Abortable) {
    this.#body = body
    this.#explain = explain
    if (signal === undefined) return
    this.#signal = signal
    this.#onAbort = () => {
      this.#failure ??= { error: signal.reason }
      this.cancel()
    }
    signal.addEventListener('abort', this.#onAbort)
  }

  read(): Later<Uint8Array | undefined> {
    this.#check()
    let chunk
    try {
      chunk = this.#body.read()
    } catch (error) {
      this.#fail(error)
    }
    if (!isLater(chunk)) return this.#passOn(chunk)
    return chunk.then(
      (value) => this.#passOn(value),
      (error: unknown) => this.#fail(error),
    )
  }

  cancel(): void {
    this.#forget()
    this.#body.cancel()
  }

  #passOn(chunk: Uint8Array | undefined): Uint8Array | undefined {
    this.#check()
    if (chunk === undefined) this.#forget()
    return chunk
  }

  #check(): void {
    if (this.#failure !== undefined) throw this.#failure.error
  }

  #fail(error: unknown): never {
    this.#failure ??= { error: this.#explain(error) }
    this.#forget()
    throw this.#failure.error
  }

  #forget(): void {
    if (this.#onAbort !== undefined) this.#signal?.removeEventListener('abort', this.#onAbort)
    this.#onAbort = undefined
  }
}

/** Returns `body` as a stream, which asks the host only when it is read. */
export function streamOver(body: ArrivingBody): ReadableStream<Uint8Array> {
  const stream = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const read = body.read()
        const chunk = isLater(read) ? await read : read
        if (chunk === undefined) controller.close()
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
    read: () => reader.read().then(({ value, done }) => (done ? undefined : toChunk(value))),
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
    const read = chunks.read()
    const chunk = isLater(read) ? await read : read
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

/** Checks a chunk of a body. The standard allows bytes only. */
function toChunk(value: unknown): Uint8Array {
  if (value instanceof Uint8Array) return value
  throw new TypeError('Cannot read the body: a chunk of its stream is not a Uint8Array')
}
