/**
 * The state behind writable streams and their writers, as in the Streams standard. The classes that agents see are in
 * `writable-stream.ts`.
 *
 * @module
 */

import { attempt, Deferred, resolvedWith } from '../../web/deferred.ts'
import { checkSize } from '../../web/queuing-strategy.ts'

export interface SinkAlgorithms {
  readonly write?: ((chunk: unknown) => unknown) | undefined
  readonly close?: (() => unknown) | undefined
  readonly abort?: ((reason: unknown) => unknown) | undefined
}

interface Queued {
  readonly chunk: unknown
  readonly size: number
}

interface Abort {
  readonly done: Deferred
  readonly reason: unknown
  readonly wasFailing: boolean
}

/** Stands in the queue for the end. */
const CLOSE: Queued = { chunk: undefined, size: 0 }

export class Writable {
  /** `failing` until what is under way has ended. */
  state: 'writable' | 'closed' | 'failing' | 'errored' = 'writable'
  error: unknown = undefined
  writer: Writer | undefined = undefined
  readonly mark: number
  size: ((chunk: unknown) => unknown) | undefined
  algorithms: SinkAlgorithms
  /** Called when it is aborted. */
  onAbort: ((reason: unknown) => void) | undefined = undefined
  isStarted = false
  #queue: Queued[] = []
  #total = 0
  #writes: Deferred[] = []
  #writing: Deferred | undefined
  #closing: Deferred | undefined
  #isClosingNow = false
  #abort: Abort | undefined
  #isFull = false

  constructor(algorithms: SinkAlgorithms, mark: number, size?: (chunk: unknown) => unknown) {
    this.algorithms = algorithms
    this.mark = mark
    this.size = size
    this.#isFull = this.desiredSize <= 0
  }

  /** Waits for `started`, a value or a promise, before it writes. */
  start(started: unknown): void {
    resolvedWith(started).then(
      () => {
        this.isStarted = true
        this.#advance()
      },
      (error: unknown) => {
        this.isStarted = true
        this.#reject(error)
      },
    )
  }

  get desiredSize(): number {
    return this.mark - this.#total
  }

  /** Whether `close` was called and its end is to come. */
  get isClosing(): boolean {
    return this.#closing !== undefined
  }

  /** Whether writers are to wait. */
  get isFull(): boolean {
    return this.#isFull
  }

  sizeOf(chunk: unknown): number {
    if (this.size === undefined) return 1
    try {
      return Number((0, this.size)(chunk))
    } catch (error) {
      this.fail(error)
      return 1
    }
  }

  write(chunk: unknown, size: number): Promise<undefined> {
    const written = new Deferred()
    this.#writes.push(written)
    try {
      this.#queue.push({ chunk, size: checkSize(size) })
      this.#total += size
    } catch (error) {
      this.fail(error)
      return written.promise
    }
    if (!this.isClosing && this.state === 'writable') this.#setFull(this.desiredSize <= 0)
    this.#advance()
    return written.promise
  }

  close(): Promise<undefined> {
    if (this.state === 'closed' || this.state === 'errored' || this.isClosing) {
      return Promise.reject(new TypeError('Cannot close the stream: it is closed'))
    }
    const closing = new Deferred()
    this.#closing = closing
    if (this.#isFull && this.state === 'writable') this.writer?.ready.resolve(undefined)
    this.#queue.push(CLOSE)
    this.#advance()
    return closing.promise
  }

  abort(reason: unknown): Promise<undefined> {
    if (this.#isOver()) return Promise.resolve(undefined)
    this.onAbort?.(reason)
    // The listeners of the signal may have ended it.
    if (this.#isOver()) return Promise.resolve(undefined)
    if (this.#abort !== undefined) return this.#abort.done.promise
    const wasFailing = this.state === 'failing'
    this.#abort = { done: new Deferred(), reason: wasFailing ? undefined : reason, wasFailing }
    const { promise } = this.#abort.done
    if (!wasFailing) this.#startFailing(reason)
    return promise
  }

  /** Fails, unless it has ended or is failing. */
  fail(error: unknown): void {
    if (this.state !== 'writable') return
    this.#clear()
    this.#startFailing(error)
  }

  #isOver(): boolean {
    return this.state === 'closed' || this.state === 'errored'
  }

  #advance(): void {
    if (!this.isStarted || this.#writing !== undefined || this.#isClosingNow) return
    if (this.state === 'failing') return this.#finishFailing()
    const next = this.state === 'writable' ? this.#queue[0] : undefined
    if (next === undefined) return
    if (next === CLOSE) this.#closeSink()
    else this.#writeSink(next)
  }

  #writeSink({ chunk, size }: Queued): void {
    const writing = this.#writes.shift()
    this.#writing = writing
    const { write } = this.algorithms
    let result: unknown
    try {
      result = write?.(chunk)
    } catch (error) {
      result = Promise.reject(error)
    }
    Promise.resolve(result).then(
      () => {
        writing?.resolve(undefined)
        this.#writing = undefined
        this.#queue.shift()
        this.#total = Math.max(0, this.#total - size)
        if (!this.isClosing && this.state === 'writable') this.#setFull(this.desiredSize <= 0)
        this.#advance()
      },
      (error: unknown) => {
        if (this.state === 'writable') this.#clear()
        writing?.reject(error)
        this.#writing = undefined
        this.#reject(error)
      },
    )
  }

  #closeSink(): void {
    const { close } = this.algorithms
    this.#isClosingNow = true
    this.#queue.shift()
    const closed = attempt(() => close?.())
    this.#clear()
    closed.then(
      () => {
        this.#closing?.resolve(undefined)
        this.#closing = undefined
        this.#isClosingNow = false
        if (this.state === 'failing') {
          // It has ended before it could fail.
          this.error = undefined
          this.#abort?.done.resolve(undefined)
          this.#abort = undefined
        }
        this.state = 'closed'
        this.writer?.closed.resolve(undefined)
      },
      (error: unknown) => {
        this.#closing?.reject(error)
        this.#closing = undefined
        this.#isClosingNow = false
        this.#abort?.done.reject(error)
        this.#abort = undefined
        this.#reject(error)
      },
    )
  }

  #reject(error: unknown): void {
    if (this.state === 'writable') this.#startFailing(error)
    else this.#finishFailing()
  }

  #startFailing(reason: unknown): void {
    this.state = 'failing'
    this.error = reason
    this.writer?.failReady(reason)
    const isBusy = this.#writing !== undefined || this.#isClosingNow
    if (!isBusy && this.isStarted) this.#finishFailing()
  }

  #finishFailing(): void {
    this.state = 'errored'
    this.#queue = []
    this.#total = 0
    const writes = this.#writes
    this.#writes = []
    for (const write of writes) write.reject(this.error)
    const request = this.#abort
    this.#abort = undefined
    if (request === undefined) return this.#failClosed()
    if (request.wasFailing) {
      request.done.reject(this.error)
      return this.#failClosed()
    }
    const { abort } = this.algorithms
    const aborted = attempt(() => abort?.(request.reason))
    this.#clear()
    aborted.then(
      () => {
        request.done.resolve(undefined)
        this.#failClosed()
      },
      (error: unknown) => {
        request.done.reject(error)
        this.#failClosed()
      },
    )
  }

  #failClosed(): void {
    this.#closing?.reject(this.error)
    this.#closing = undefined
    this.writer?.failClosed(this.error)
  }

  #setFull(isFull: boolean): void {
    if (isFull === this.#isFull) return
    this.#isFull = isFull
    if (this.writer === undefined) return
    if (isFull) this.writer.ready = new Deferred()
    else this.writer.ready.resolve(undefined)
  }

  #clear(): void {
    this.algorithms = {}
    this.size = undefined
  }
}

/** A writer, whose lock holds for as long as it has a stream. */
export class Writer {
  stream: Writable | undefined
  ready: Deferred
  closed: Deferred

  constructor(stream: Writable) {
    if (stream.writer !== undefined)
      throw new TypeError('Cannot get a writer: the stream is locked')
    this.stream = stream
    stream.writer = this
    const { state, error } = stream
    const isWaiting = state === 'writable' && !stream.isClosing && stream.isFull
    this.ready = isWaiting ? new Deferred() : Deferred.resolved()
    if (state === 'failing' || state === 'errored') this.ready = Deferred.rejected(error)
    this.closed = state === 'closed' ? Deferred.resolved() : new Deferred()
    if (state === 'errored') this.closed = Deferred.rejected(error)
  }

  /** @throws {TypeError} when it has been released */
  held(): Writable {
    if (this.stream === undefined) throw new TypeError('Cannot write: the writer has been released')
    return this.stream
  }

  write(chunk: unknown): Promise<undefined> {
    try {
      const stream = this.held()
      const size = stream.sizeOf(chunk)
      // To ask for the size may have released the writer.
      const { state } = this.held()
      if (state === 'errored' || state === 'failing') {
        // A stream that is to close says that first.
        throw state === 'failing' && stream.isClosing ? closedError() : stream.error
      }
      if (stream.isClosing || state === 'closed') throw closedError()
      return stream.write(chunk, size)
    } catch (error) {
      return Promise.reject(error)
    }
  }

  /** Closes the stream, unless it is closed, for a pipe. */
  finish(): Promise<undefined> {
    const stream = this.held()
    if (stream.isClosing || stream.state === 'closed') return Promise.resolve(undefined)
    return stream.state === 'errored' ? Promise.reject(stream.error) : stream.close()
  }

  release(): void {
    const { stream } = this
    if (stream === undefined) return
    const reason = new TypeError('The writer has been released')
    this.failReady(reason)
    this.failClosed(reason)
    stream.writer = undefined
    this.stream = undefined
  }

  failReady(reason: unknown): void {
    if (this.ready.isPending) this.ready.reject(reason)
    else this.ready = Deferred.rejected(reason)
    this.ready.handled()
  }

  failClosed(reason: unknown): void {
    if (this.closed.isPending) this.closed.reject(reason)
    else this.closed = Deferred.rejected(reason)
    this.closed.handled()
  }
}

function closedError(): TypeError {
  return new TypeError('Cannot write to the stream: it is closed')
}
