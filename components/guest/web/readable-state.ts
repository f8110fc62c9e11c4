/**
 * The state behind readable streams and their readers, as in the Streams standard. The classes that agents see are in
 * `readable-stream.ts`.
 *
 * @module
 */

import { attempt, Deferred, resolvedWith } from './deferred.ts'
import { checkSize } from './queuing-strategy.ts'

/** What waits for a chunk. Called in place, without a promise between. */
export interface ReadRequest {
  chunk(value: unknown): void
  close(): void
  error(reason: unknown): void
}

/** What fills a stream. */
export interface Source {
  /** Serves `request` now, or adds it to the requests of the reader. */
  pull(request: ReadRequest): void
  cancel(reason: unknown): Promise<unknown>
  /** Called when the reader lets go. */
  release(): void
  /** Two streams of what it fills its own with, where that takes more than to read it. */
  tee?(): [Readable, Readable]
  /** The chunks that `take` hands out, of a source that has some at times before they are asked for. */
  readonly chunks?: readonly unknown[]
  /** The first of the chunks, of which there must be one. */
  take?(): unknown
}

/** One promise for all that wait for nothing. */
const NOTHING: Promise<undefined> = Promise.resolve(undefined)

/** A request with a promise. */
export class PromisedRead<Result = unknown> implements ReadRequest {
  declare resolve: (result: Result) => void
  declare error: (reason: unknown) => void
  readonly promise: Promise<Result>

  constructor() {
    this.promise = new Promise((resolve, reject) => {
      this.resolve = resolve
      this.error = reject
    })
  }

  chunk(value: unknown): void {
    this.resolve({ value, done: false } as Result)
  }

  close(): void {
    this.resolve({ value: undefined, done: true } as Result)
  }
}

/** A reader, whose lock holds for as long as it has a stream. */
export class Reader {
  stream: Readable | undefined
  closed: Deferred
  requests: ReadRequest[] = []
  /** Of a BYOB reader: what else ends with the stream. */
  declare readonly into?: { close(): void; error(reason: unknown): void }

  constructor(stream: Readable) {
    if (stream.reader !== undefined)
      throw new TypeError('Cannot get a reader: the stream is locked')
    this.stream = stream
    stream.reader = this
    this.closed = stream.state === 'closed' ? Deferred.resolved() : new Deferred()
    if (stream.state === 'errored') this.closed = Deferred.rejected(stream.error)
  }

  /** @throws {TypeError} when it has been released */
  held(): Readable {
    if (this.stream === undefined) throw new TypeError('Cannot read: the reader has been released')
    return this.stream
  }

  release(): void {
    const { stream } = this
    if (stream === undefined) return
    const reason = new TypeError('The reader has been released')
    if (stream.state === 'readable') this.closed.reject(reason)
    else this.closed = Deferred.rejected(reason)
    this.closed.handled()
    stream.source.release()
    stream.reader = undefined
    this.stream = undefined
    this.fail(reason)
  }

  fail(reason: unknown): void {
    const { requests } = this
    this.requests = []
    for (const request of requests) request.error(reason)
    this.into?.error(reason)
  }
}

export class Readable {
  state: 'readable' | 'closed' | 'errored' = 'readable'
  error: unknown = undefined
  /** Whether it has been read from or cancelled. */
  isDisturbed = false
  reader: Reader | undefined = undefined
  declare source: Source

  read(request: ReadRequest): void {
    this.isDisturbed = true
    if (this.state === 'readable') this.source.pull(request)
    else if (this.state === 'closed') request.close()
    else request.error(this.error)
  }

  /**
   * A promise of a chunk that is there, which takes no request; nothing when there is none. A chunk that a source has ready
   * is the usual case.
   */
  readReady(): Promise<{ value: unknown; done: false }> | undefined {
    const { source } = this
    if (source.chunks === undefined || source.chunks.length === 0 || this.state !== 'readable')
      return undefined
    this.isDisturbed = true
    return Promise.resolve({ value: source.take?.(), done: false })
  }

  cancel(reason: unknown): Promise<undefined> {
    this.isDisturbed = true
    if (this.state === 'closed') return Promise.resolve(undefined)
    if (this.state === 'errored') return Promise.reject(this.error)
    this.close()
    this.reader?.into?.close()
    return this.source.cancel(reason).then(() => undefined)
  }

  close(): void {
    this.state = 'closed'
    const { reader } = this
    if (reader === undefined) return
    reader.closed.resolve(undefined)
    if (reader.into !== undefined) return
    const { requests } = reader
    reader.requests = []
    for (const request of requests) request.close()
  }

  fail(reason: unknown): void {
    this.state = 'errored'
    this.error = reason
    const { reader } = this
    if (reader === undefined) return
    reader.closed.reject(reason)
    reader.closed.handled()
    reader.fail(reason)
  }
}

export interface Algorithms {
  readonly pull?: (() => unknown) | undefined
  readonly cancel?: ((reason: unknown) => unknown) | undefined
}

/** What fills a stream with chunks of any kind. */
export class ChunkSource implements Source {
  readonly stream: Readable
  readonly mark: number
  size: ((chunk: unknown) => unknown) | undefined
  algorithms: Algorithms
  chunks: unknown[] = []
  /** Absent while each chunk counts as 1. */
  sizes: number[] | undefined
  total = 0
  isStarted = false
  isClosing = false
  #isPulling = false
  #pullsAgain = false
  readonly #pulled: () => void
  readonly #failed: (reason: unknown) => void

  constructor(
    stream: Readable,
    algorithms: Algorithms,
    mark: number,
    size?: (chunk: unknown) => unknown,
  ) {
    this.stream = stream
    stream.source = this
    this.algorithms = algorithms
    this.mark = mark
    this.size = size
    if (size !== undefined) this.sizes = []
    this.#pulled = () => {
      this.#isPulling = false
      if (!this.#pullsAgain) return
      this.#pullsAgain = false
      this.fill()
    }
    this.#failed = (reason) => this.fail(reason)
  }

  /** Waits for `started`, a value or a promise, before it pulls. */
  start(started: unknown): void {
    const ready = (): void => {
      this.isStarted = true
      this.fill()
    }
    resolvedWith(started).then(ready, this.#failed)
  }

  get isOpen(): boolean {
    return !this.isClosing && this.stream.state === 'readable'
  }

  /** Whether more is asked for than there is. */
  get wants(): boolean {
    if (!this.isOpen || !this.isStarted) return false
    const { reader } = this.stream
    return (reader !== undefined && reader.requests.length > 0) || this.mark > this.total
  }

  get desiredSize(): number | null {
    const { state } = this.stream
    if (state === 'errored') return null
    return state === 'closed' ? 0 : this.mark - this.total
  }

  // Of the functions for one chunk each calls as few others as it can: a call takes as long as all else here.

  enqueue(chunk: unknown): void {
    const { reader, state } = this.stream
    if (this.isClosing || state !== 'readable')
      throw new TypeError('Cannot enqueue a chunk: the stream is closed')
    if (reader !== undefined && reader.requests.length > 0) reader.requests.shift()?.chunk(chunk)
    else if (this.sizes === undefined) {
      this.total++
      this.chunks.push(chunk)
    } else this.#keep(chunk, this.sizes)
    this.fill()
  }

  #keep(chunk: unknown, sizes: number[]): void {
    try {
      const size = checkSize(this.size === undefined ? 1 : (0, this.size)(chunk))
      sizes.push(size)
      this.total += size
    } catch (error) {
      this.fail(error)
      throw error
    }
    this.chunks.push(chunk)
  }

  close(): void {
    if (!this.isOpen) throw new TypeError('Cannot close the stream: it is closed')
    this.isClosing = true
    if (this.chunks.length === 0) this.#end()
  }

  fail(reason: unknown): void {
    if (this.stream.state !== 'readable') return
    this.#clear()
    this.stream.fail(reason)
  }

  pull(request: ReadRequest): void {
    if (this.chunks.length > 0) return request.chunk(this.take())
    // Only what has a reader is read.
    this.stream.reader?.requests.push(request)
    this.fill()
  }

  take(): unknown {
    const chunk = this.chunks.shift()
    this.total -= this.sizes === undefined ? 1 : (this.sizes.shift() ?? 0)
    // Rounding may leave a little less than nothing.
    if (this.total < 0) this.total = 0
    if (this.isClosing && this.chunks.length === 0) this.#end()
    else this.fill()
    return chunk
  }

  cancel(reason: unknown): Promise<unknown> {
    const { cancel } = this.algorithms
    this.#clear()
    return cancel === undefined ? Promise.resolve() : attempt(() => cancel(reason))
  }

  release(): void {}

  /** Pulls, if more is wanted. */
  fill(): void {
    const { pull } = this.algorithms
    if (pull === undefined || !this.isStarted || this.isClosing) return
    const { state, reader } = this.stream
    if (state !== 'readable') return
    const isAsked = reader !== undefined && reader.requests.length > 0
    if (!isAsked && this.mark <= this.total) return
    if (this.#isPulling) {
      this.#pullsAgain = true
      return
    }
    this.#isPulling = true
    let pulled: unknown
    try {
      pulled = pull()
    } catch (error) {
      pulled = Promise.reject(error)
    }
    const done = pulled === undefined ? NOTHING : Promise.resolve(pulled)
    done.then(this.#pulled, this.#failed)
  }

  #end(): void {
    this.algorithms = {}
    this.size = undefined
    this.stream.close()
  }

  #clear(): void {
    this.algorithms = {}
    this.size = undefined
    this.chunks = []
    if (this.sizes !== undefined) this.sizes = []
    this.total = 0
  }
}
