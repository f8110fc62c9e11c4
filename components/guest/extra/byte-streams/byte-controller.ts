/**
 * What the source of a stream of bytes is given: `ReadableByteStreamController` and `ReadableStreamBYOBRequest`.
 *
 * @module
 */

import { markOf, methodOf, type Strategy } from '../../web/queuing-strategy.ts'
import type { Readable } from '../../web/readable-state.ts'
import type { ByteSource } from './byte-source.ts'
import { BranchingSource } from './byte-tee.ts'

/** Names the callers that may make objects of classes without a public constructor. */
const INTERNAL: unique symbol = Symbol('internal')

export class ReadableStreamBYOBRequest {
  #source: ByteSource | undefined
  #view: Uint8Array<ArrayBuffer> | null

  constructor(source: never, key: typeof INTERNAL) {
    if (key !== INTERNAL) throw new TypeError('Illegal constructor')
    this.#source = source as ByteSource
    this.#view = null
    const [first] = this.#source.pulls
    if (first !== undefined) {
      const { buffer, offset, length, filled } = first
      this.#view = new Uint8Array(buffer, offset + filled, length - filled)
    }
    this.#source.request = {
      end: () => {
        this.#source = undefined
        this.#view = null
      },
    }
  }

  get view(): Uint8Array<ArrayBuffer> | null {
    return this.#view
  }

  respond(bytesWritten: number): void {
    void this.#source
    if (arguments.length === 0) throw new TypeError('Cannot respond: no number is given')
    const length = toLength(bytesWritten, 'bytesWritten')
    const { source, view } = this.#given()
    requireThere(view)
    source.respond(length, view.buffer)
  }

  respondWithNewView(view: ArrayBufferView): void {
    void this.#source
    if (!ArrayBuffer.isView(view)) throw new TypeError('Cannot respond: no view is given')
    requireThere(view)
    const { source } = this.#given()
    const { byteOffset, byteLength, buffer } = view
    const [first] = source.pulls
    if (first !== undefined) {
      if ((source.stream.state === 'closed') !== (byteLength === 0)) {
        throw new TypeError(`Cannot respond with a view of ${byteLength} bytes`)
      }
      const isSame =
        first.offset + first.filled === byteOffset && first.bufferLength === buffer.byteLength
      if (!isSame) throw new RangeError('Cannot respond: the view is of another part or buffer')
    }
    source.respond(byteLength, buffer)
  }

  #given(): { source: ByteSource; view: Uint8Array<ArrayBuffer> } {
    const source = this.#source
    const view = this.#view
    if (source === undefined || view === null) {
      throw new TypeError('Cannot respond: the request has been answered')
    }
    return { source, view }
  }

  get [Symbol.toStringTag](): string {
    return 'ReadableStreamBYOBRequest'
  }
}

export class ReadableByteStreamController {
  readonly #source: ByteSource
  #request: ReadableStreamBYOBRequest | null = null

  constructor(source: never, key: typeof INTERNAL) {
    if (key !== INTERNAL) throw new TypeError('Illegal constructor')
    this.#source = source
  }

  get byobRequest(): ReadableStreamBYOBRequest | null {
    const source = this.#source
    if (source.request === undefined) {
      this.#request =
        source.pulls.length > 0 ? new ReadableStreamBYOBRequest(source as never, INTERNAL) : null
    }
    return this.#request
  }

  get desiredSize(): number | null {
    return this.#source.desiredSize
  }

  close(): void {
    if (!this.#source.isOpen) throw new TypeError('Cannot close the stream: it is closed')
    this.#source.close()
  }

  enqueue(chunk: ArrayBufferView): void {
    void this.#source
    if (!ArrayBuffer.isView(chunk)) {
      throw new TypeError('Cannot enqueue a chunk: it is no view of a buffer')
    }
    if (chunk.byteLength === 0 || chunk.buffer.byteLength === 0) {
      throw new TypeError('Cannot enqueue a chunk: it is empty')
    }
    if (!this.#source.isOpen) throw new TypeError('Cannot enqueue a chunk: the stream is closed')
    this.#source.enqueue(chunk)
  }

  error(reason?: unknown): void {
    this.#source.fail(reason)
  }

  get [Symbol.toStringTag](): string {
    return 'ReadableByteStreamController'
  }
}

/** Has `given`, an object with the methods of a source, fill `stream`. */
export function fillWithBytes(stream: Readable, given: object, rules: Strategy): void {
  const length: unknown = Reflect.get(given, 'autoAllocateChunkSize')
  const ownLength = length === undefined ? undefined : toLength(length, 'autoAllocateChunkSize')
  const cancel = methodOf<[unknown]>(given, 'cancel')
  const pull = methodOf<[unknown]>(given, 'pull')
  const start = methodOf<[unknown]>(given, 'start')
  const mark = markOf(rules, 0)
  if (ownLength === 0) {
    throw new TypeError('Cannot make a stream: "autoAllocateChunkSize" of its source is 0')
  }
  const source = new BranchingSource(stream, {}, mark, ownLength)
  const controller = new ReadableByteStreamController(source as never, INTERNAL)
  source.algorithms = { pull: pull === undefined ? undefined : () => pull(controller), cancel }
  source.start(start?.(controller))
}

/** A number of bytes, as Web IDL converts it. @throws {TypeError} for what cannot be one */
export function toLength(value: unknown, name: string): number {
  const length = Math.trunc(Number(value))
  if (length >= 0 && length <= Number.MAX_SAFE_INTEGER) return length
  throw new TypeError(`Cannot take "${name}": not a number of at least 0`)
}

function requireThere({ buffer }: ArrayBufferView): void {
  if ((buffer as ArrayBuffer).detached) {
    throw new TypeError('Cannot respond: the buffer of the view was moved away')
  }
}
