/**
 * A small `ReadableStream` with default readers. It keeps the behaviour of the Streams standard, not its internals. A
 * complete library would add 800 KB to the image of every agent.
 *
 * Byte streams (`type: 'bytes'`) are ordinary streams here: there are no BYOB readers, and `byobRequest` is
 * null, which the standard allows a source to meet.
 *
 * Longer than a file should be: the three classes share private state, which one file can keep private.
 *
 * @module
 */

import { pipeTo, type PipeOptions } from './pipe.ts'
import type { QueuingStrategy } from './queuing-strategy.ts'
import type { WritableStream } from './writable-stream.ts'

export interface UnderlyingSource<T> {
  type?: 'bytes' | undefined
  start?(controller: ReadableStreamDefaultController<T>): unknown
  pull?(controller: ReadableStreamDefaultController<T>): unknown
  cancel?(reason: unknown): unknown
}

interface Waiting<T> {
  resolve(result: IteratorResult<T, undefined>): void
  reject(reason: unknown): void
}

let isDisturbedStream: <T>(stream: ReadableStream<T>) => boolean
/** Hands out the controller to read or cancel with, after which the stream counts as disturbed. */
let controllerOf: <T>(stream: ReadableStream<T>) => ReadableStreamDefaultController<T>
let acquire: <T>(
  stream: ReadableStream<T>,
  reader: ReadableStreamDefaultReader<T> | undefined,
) => void
let read: <T>(
  controller: ReadableStreamDefaultController<T>,
) => Promise<IteratorResult<T, undefined>>
let closed: <T>(controller: ReadableStreamDefaultController<T>) => Promise<undefined>
let cancel: <T>(controller: ReadableStreamDefaultController<T>, reason: unknown) => Promise<void>
let closedOf: <T>(stream: ReadableStream<T>) => Promise<undefined>
let begin: <T>(
  source: UnderlyingSource<T>,
  strategy: QueuingStrategy<T>,
) => ReadableStreamDefaultController<T>

/** Whether a stream has been read from or cancelled. */
export function isDisturbed<T>(stream: ReadableStream<T>): boolean {
  return isDisturbedStream(stream)
}

export class ReadableStreamDefaultController<T = unknown> {
  #source: UnderlyingSource<T>
  #highWaterMark: number
  #size: ((chunk: T) => number) | undefined
  #queue: { chunk: T; size: number }[] = []
  #queued = 0
  #waiting: Waiting<T>[] = []
  #state: 'readable' | 'closed' | 'errored' = 'readable'
  #error: unknown
  #closing = false
  #pulling = false
  #pullAgain = false
  #started = false
  #closed = Promise.withResolvers<undefined>()

  static {
    read = (controller) => controller.#read()
    cancel = (controller, reason) => controller.#cancel(reason)
    closed = (controller) => controller.#closed.promise
    begin = (source, strategy) => {
      const controller = new ReadableStreamDefaultController(source, strategy)
      controller.#start()
      return controller
    }
  }

  constructor(source: UnderlyingSource<T>, { highWaterMark, size }: QueuingStrategy<T>) {
    this.#source = source
    this.#size = size
    this.#highWaterMark = highWaterMark ?? (source.type === 'bytes' ? 0 : 1)
    if (Number.isNaN(this.#highWaterMark) || this.#highWaterMark < 0) {
      throw new RangeError('Cannot make a stream: its high water mark is not a number above 0')
    }
    // A caller that reads `closed` sees the rejection. If no caller does, the rejection must not count as unhandled.
    this.#closed.promise.catch(() => undefined)
  }

  get desiredSize(): number | null {
    if (this.#state === 'errored') return null
    return this.#state === 'closed' ? 0 : this.#highWaterMark - this.#queued
  }

  get byobRequest(): null {
    return null
  }

  enqueue(chunk: T): void {
    if (this.#state !== 'readable' || this.#closing) {
      throw new TypeError('Cannot enqueue a chunk: the stream is closed')
    }
    const waiting = this.#waiting.shift()
    if (waiting !== undefined) waiting.resolve({ done: false, value: chunk })
    else {
      const size = this.#size === undefined ? 1 : this.#size(chunk)
      this.#queue.push({ chunk, size })
      this.#queued += size
    }
    this.#pull()
  }

  close(): void {
    if (this.#state !== 'readable' || this.#closing) {
      throw new TypeError('Cannot close the stream: it is closed')
    }
    this.#closing = true
    if (this.#queue.length === 0) this.#finish()
  }

  error(reason?: unknown): void {
    if (this.#state !== 'readable') return
    this.#state = 'errored'
    this.#error = reason
    this.#queue = []
    this.#closed.reject(reason)
    for (const waiting of this.#waiting.splice(0)) waiting.reject(reason)
  }

  #start(): void {
    const started = this.#source.start?.(this)
    const ready = (): void => {
      this.#started = true
      this.#pull()
    }
    Promise.resolve(started).then(ready, (error: unknown) => this.error(error))
  }

  #read(): Promise<IteratorResult<T, undefined>> {
    const first = this.#queue.shift()
    if (first !== undefined) {
      this.#queued -= first.size
      if (this.#closing && this.#queue.length === 0) this.#finish()
      else this.#pull()
      return Promise.resolve({ done: false, value: first.chunk })
    }
    if (this.#state === 'closed') return Promise.resolve({ done: true, value: undefined })
    if (this.#state === 'errored') return Promise.reject(this.#error)
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject })
      this.#pull()
    })
  }

  #pull(): void {
    if (!this.#started || this.#state !== 'readable' || this.#closing) return
    if (this.#waiting.length === 0 && this.#highWaterMark - this.#queued <= 0) return
    if (this.#source.pull === undefined) return
    if (this.#pulling) {
      this.#pullAgain = true
      return
    }
    this.#pulling = true
    const done = (): void => {
      this.#pulling = false
      if (!this.#pullAgain) return
      this.#pullAgain = false
      this.#pull()
    }
    Promise.try(() => this.#source.pull?.(this)).then(done, (error: unknown) => this.error(error))
  }

  async #cancel(reason: unknown): Promise<void> {
    if (this.#state === 'errored') throw this.#error
    if (this.#state === 'closed') return
    this.#queue = []
    this.#finish()
    await this.#source.cancel?.(reason)
  }

  #finish(): void {
    this.#state = 'closed'
    this.#closed.resolve(undefined)
    for (const { resolve } of this.#waiting.splice(0)) resolve({ done: true, value: undefined })
  }
}

export class ReadableStreamDefaultReader<T = unknown> {
  #stream: ReadableStream<T> | undefined
  #closed: Promise<undefined>

  constructor(stream: ReadableStream<T>) {
    acquire(stream, this)
    this.#stream = stream
    this.#closed = closedOf(stream)
  }

  get closed(): Promise<undefined> {
    return this.#closed
  }

  async read(): Promise<IteratorResult<T, undefined>> {
    return read(this.#controller())
  }

  async cancel(reason?: unknown): Promise<void> {
    return cancel(this.#controller(), reason)
  }

  releaseLock(): void {
    if (this.#stream === undefined) return
    acquire(this.#stream, undefined)
    this.#stream = undefined
    this.#closed = Promise.reject(new TypeError('The reader has been released'))
    this.#closed.catch(() => undefined)
  }

  #controller(): ReadableStreamDefaultController<T> {
    if (this.#stream === undefined) throw new TypeError('Cannot read: the reader has been released')
    return controllerOf(this.#stream)
  }
}

export class ReadableStream<T = unknown> {
  #controller: ReadableStreamDefaultController<T>
  #reader: ReadableStreamDefaultReader<T> | undefined
  #disturbed = false

  static {
    closedOf = (stream) => closed(stream.#controller)
    isDisturbedStream = (stream) => stream.#disturbed
    controllerOf = (stream) => {
      stream.#disturbed = true
      return stream.#controller
    }
    acquire = (stream, reader) => {
      if (reader !== undefined && stream.#reader !== undefined) {
        throw new TypeError('Cannot get a reader: the stream is locked')
      }
      stream.#reader = reader
    }
  }

  constructor(source: UnderlyingSource<T> = {}, strategy: QueuingStrategy<T> = {}) {
    this.#controller = begin(source, strategy)
  }

  static from<T>(values: Iterable<T> | AsyncIterable<T>): ReadableStream<T> {
    const iterator =
      Symbol.asyncIterator in values ? values[Symbol.asyncIterator]() : values[Symbol.iterator]()
    return new ReadableStream<T>(
      {
        async pull(controller) {
          const { done, value } = await iterator.next()
          if (done === true) controller.close()
          else controller.enqueue(await value)
        },
        cancel: async (reason) => void (await iterator.return?.(reason)),
      },
      { highWaterMark: 0 },
    )
  }

  get locked(): boolean {
    return this.#reader !== undefined
  }

  getReader(options?: { mode?: string }): ReadableStreamDefaultReader<T> {
    if (options?.mode !== undefined) throw new TypeError('Cannot get a BYOB reader: not supported')
    return new ReadableStreamDefaultReader(this)
  }

  async cancel(reason?: unknown): Promise<void> {
    if (this.locked) throw new TypeError('Cannot cancel the stream: it is locked')
    return cancel(controllerOf(this), reason)
  }

  tee(): [ReadableStream<T>, ReadableStream<T>] {
    const reader = this.getReader()
    const halves: ReadableStreamDefaultController<T>[] = []
    const reasons = new Map<number, unknown>()
    const cancelled = Promise.withResolvers<void>()
    const pull = async (): Promise<void> => {
      const { done, value } = await reader.read()
      // A half that is cancelled when the other has read all waits for nothing.
      if (done) cancelled.resolve()
      for (const [index, half] of halves.entries()) {
        if (reasons.has(index)) continue
        if (done) half.close()
        else half.enqueue(value)
      }
    }
    const make = (index: number): ReadableStream<T> =>
      new ReadableStream<T>({
        start: (controller) => void halves.push(controller),
        pull,
        cancel(reason) {
          reasons.set(index, reason)
          if (reasons.size === 2) {
            reader.cancel([...reasons.values()]).then(cancelled.resolve, cancelled.reject)
          }
          return cancelled.promise
        },
      })
    const both: [ReadableStream<T>, ReadableStream<T>] = [make(0), make(1)]
    reader.closed.catch((error: unknown) => {
      for (const half of halves) half.error(error)
      cancelled.resolve()
    })
    return both
  }

  pipeTo(target: WritableStream<T>, options: PipeOptions = {}): Promise<void> {
    return pipeTo(this, target, options)
  }

  pipeThrough<Out>(
    pair: { writable: WritableStream<T>; readable: ReadableStream<Out> },
    options: PipeOptions = {},
  ): ReadableStream<Out> {
    // A failure shows in the readable half.
    this.pipeTo(pair.writable, options).catch(() => undefined)
    return pair.readable
  }

  async *values({ preventCancel = false } = {}): AsyncGenerator<T, void, void> {
    const reader = this.getReader()
    let finished = false
    try {
      for (;;) {
        const { done, value } = await reader.read()
        if (done) break
        yield value
      }
      finished = true
    } catch (error) {
      finished = true
      throw error
    } finally {
      if (!finished && !preventCancel) await reader.cancel()
      reader.releaseLock()
    }
  }

  [Symbol.asyncIterator](): AsyncGenerator<T, void, void> {
    return this.values()
  }

  get [Symbol.toStringTag](): string {
    return 'ReadableStream'
  }
}
