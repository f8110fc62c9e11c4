/**
 * `ReadableStream` with its reader and its controller, as in the Streams standard, over the state in
 * `readable-state.ts`. A complete library would add 230 KB to the image of every agent.
 *
 * Streams of `type: 'bytes'` and BYOB readers are in `extra/byte-streams`. An agent that names neither has ordinary streams in
 * their place, with chunks as they were enqueued.
 *
 * @module
 */

import type { PipeOptions } from '../extra/streams/pipe.ts'
import type { WritableStream } from '../extra/streams/writable-stream.ts'
import { parts, type BYOBReader } from '../parts.ts'
import { foreign } from './deferred.ts'
import {
  markOf,
  methodOf,
  requireObject,
  toStrategy,
  type QueuingStrategy,
} from './queuing-strategy.ts'
import { fromValues, StreamIterator, tee } from './readable-branches.ts'
import { ChunkSource, PromisedRead, Readable, Reader } from './readable-state.ts'

export interface UnderlyingSource<T> {
  type?: 'bytes' | undefined
  start?(controller: ReadableStreamDefaultController<T>): unknown
  pull?(controller: ReadableStreamDefaultController<T>): unknown
  cancel?(reason: unknown): unknown
}

/** Names the callers that may make objects of classes without a public constructor. */
const INTERNAL: unique symbol = Symbol('internal')

let stateOf: (stream: unknown) => Readable | undefined
let makeController: <T>(source: ChunkSource) => ReadableStreamDefaultController<T>

/** Whether a stream has been read from or cancelled. */
export function isDisturbed<T>(stream: ReadableStream<T>): boolean {
  return stateOf(stream)?.isDisturbed === true
}

/** The state behind `stream`. @throws {TypeError} when that is no `ReadableStream` */
export function readableOf(stream: unknown): Readable {
  const state = stateOf(stream)
  if (state === undefined) throw foreign('ReadableStream')
  return state
}

/** The two branches of `stream`. @param copy - makes the chunks of the second of those of the first */
export function teeOf<T>(
  stream: ReadableStream<T>,
  copy?: (chunk: unknown) => unknown,
): [ReadableStream<T>, ReadableStream<T>] {
  const [first, second] = tee(readableOf(stream), copy)
  return [streamOfState(first), streamOfState(second)]
}

/** The stream over `state`. */
export function streamOfState<T>(state: Readable): ReadableStream<T> {
  return new ReadableStream<T>(state as never, INTERNAL as never)
}

/** Ends the stream of `controller`, and with it a read that brought a buffer. */
export function endStream<T>(controller: ReadableStreamDefaultController<T>): void {
  controller.close()
  controller.byobRequest?.respond(0)
}

export class ReadableStreamDefaultController<T = unknown> {
  readonly #source: ChunkSource
  /** Of the controller of a stream of bytes. */
  declare readonly byobRequest?: { respond(length: number): void } | null

  static {
    makeController = (source) => new ReadableStreamDefaultController(source as never, INTERNAL)
  }

  constructor(source: never, key: typeof INTERNAL) {
    if (key !== INTERNAL) throw new TypeError('Illegal constructor')
    this.#source = source
  }

  get desiredSize(): number | null {
    return this.#source.desiredSize
  }

  enqueue(chunk?: T): void {
    this.#source.enqueue(chunk)
  }

  close(): void {
    this.#source.close()
  }

  error(reason?: unknown): void {
    this.#source.fail(reason)
  }

  get [Symbol.toStringTag](): string {
    return 'ReadableStreamDefaultController'
  }
}

export class ReadableStreamDefaultReader<T = unknown> {
  readonly #reader: Reader

  constructor(stream: ReadableStream<T>) {
    this.#reader = new Reader(readableOf(stream))
  }

  get closed(): Promise<undefined> {
    return #reader in this ? this.#reader.closed.promise : Promise.reject(foreign('reader'))
  }

  read(): Promise<IteratorResult<T, undefined>> {
    if (!(#reader in this)) return Promise.reject(foreign('reader'))
    const { stream } = this.#reader
    const ready = stream?.readReady()
    if (ready !== undefined) return ready as Promise<IteratorResult<T, undefined>>
    const request = new PromisedRead<IteratorResult<T, undefined>>()
    if (stream !== undefined) stream.read(request)
    else request.error(new TypeError('Cannot read: the reader has been released'))
    return request.promise
  }

  async cancel(reason?: unknown): Promise<void> {
    return this.#reader.held().cancel(reason)
  }

  releaseLock(): void {
    this.#reader.release()
  }

  get [Symbol.toStringTag](): string {
    return 'ReadableStreamDefaultReader'
  }
}

export class ReadableStream<T = unknown> {
  readonly #state: Readable

  static {
    stateOf = (stream) =>
      typeof stream === 'object' && stream !== null && #state in stream ? stream.#state : undefined
  }

  constructor(source?: UnderlyingSource<T>, strategy?: QueuingStrategy<T>) {
    if ((strategy as unknown) === INTERNAL) {
      this.#state = source as unknown as Readable
      return
    }
    this.#state = new Readable()
    const rules = toStrategy(strategy)
    const given = source === undefined ? {} : requireObject(source, 'its source')
    const type: unknown = Reflect.get(given, 'type')
    const isBytes = type !== undefined
    if (isBytes) {
      if (String(type) !== 'bytes') {
        throw new TypeError(`Cannot make a stream: its type is "${String(type)}", not "bytes"`)
      }
      if (rules.size !== undefined) {
        throw new RangeError('Cannot make a byte stream: its strategy has a "size"')
      }
      if (parts.bytes !== undefined) {
        parts.bytes.fill(this.#state, given, rules)
        return
      }
    }
    const cancel = methodOf<[unknown]>(given, 'cancel')
    const pull = methodOf<[unknown]>(given, 'pull')
    const start = methodOf<[unknown]>(given, 'start')
    const mark = markOf(rules, isBytes ? 0 : 1)
    const chunks = new ChunkSource(this.#state, {}, mark, rules.size)
    const controller = makeController<T>(chunks)
    chunks.algorithms = { pull: pull === undefined ? undefined : () => pull(controller), cancel }
    chunks.start(start?.(controller))
  }

  static from<T>(values: Iterable<T> | AsyncIterable<T>): ReadableStream<T> {
    return streamOfState(fromValues(values))
  }

  get locked(): boolean {
    return this.#state.reader !== undefined
  }

  getReader(options?: { mode?: undefined }): ReadableStreamDefaultReader<T>
  getReader(options: { mode: 'byob' }): BYOBReader
  getReader(options?: { mode?: unknown } | null): ReadableStreamDefaultReader<T> | BYOBReader {
    const given = options ?? undefined
    const mode = given && Reflect.get(requireObject(given, 'options of a reader'), 'mode')
    if (mode === undefined) return new ReadableStreamDefaultReader(this)
    if (String(mode) === 'byob' && parts.bytes !== undefined) return new parts.bytes.reader(this)
    throw new TypeError(`Cannot get a reader of mode "${String(mode)}": there is none`)
  }

  async cancel(reason?: unknown): Promise<void> {
    if (this.locked) throw new TypeError('Cannot cancel the stream: it is locked')
    return this.#state.cancel(reason)
  }

  tee(): [ReadableStream<T>, ReadableStream<T>] {
    return teeOf(this)
  }

  /** Added to the class for agents that name it, as `pipeThrough` is. */
  declare pipeTo: (target: WritableStream<T>, options?: PipeOptions) => Promise<void>

  declare pipeThrough: <Out>(
    pair: { writable: WritableStream<T>; readable: ReadableStream<Out> },
    options?: PipeOptions,
  ) => ReadableStream<Out>

  values(options?: { preventCancel?: boolean }): AsyncIterableIterator<T> {
    const iterator = new StreamIterator(new Reader(this.#state), Boolean(options?.preventCancel))
    return iterator as unknown as AsyncIterableIterator<T>
  }

  declare [Symbol.asyncIterator]: (options?: {
    preventCancel?: boolean
  }) => AsyncIterableIterator<T>

  get [Symbol.toStringTag](): string {
    return 'ReadableStream'
  }
}

// One function with two names, as the standard has it.
Object.defineProperty(ReadableStream.prototype, Symbol.asyncIterator, {
  value: ReadableStream.prototype.values,
  writable: true,
  configurable: true,
})
