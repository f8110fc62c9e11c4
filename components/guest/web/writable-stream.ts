/**
 * `WritableStream`, small like `ReadableStream`: writes are handed to the sink one after the other.
 *
 * @module
 */

import { AbortController, type AbortSignal } from './abort.ts'
import type { QueuingStrategy } from './queuing-strategy.ts'

export interface UnderlyingSink<T> {
  start?(controller: WritableStreamDefaultController): unknown
  write?(chunk: T, controller: WritableStreamDefaultController): unknown
  close?(): unknown
  abort?(reason: unknown): unknown
}

let core: <T>(stream: WritableStream<T>) => Core<T>

export class WritableStreamDefaultController {
  readonly #abort = new AbortController()
  readonly #fail: (reason: unknown) => void

  constructor(fail: (reason: unknown) => void) {
    this.#fail = fail
  }

  get signal(): AbortSignal {
    return this.#abort.signal
  }

  error(reason?: unknown): void {
    this.#abort.abort(reason)
    this.#fail(reason)
  }
}

/** The state behind a stream and its writers. */
class Core<T> {
  readonly sink: UnderlyingSink<T>
  readonly highWaterMark: number
  readonly size: (chunk: T) => number
  readonly controller: WritableStreamDefaultController
  readonly closed = Promise.withResolvers<undefined>()
  ready = Promise.withResolvers<undefined>()
  #isReady = false
  state: 'writable' | 'closing' | 'closed' | 'errored' = 'writable'
  error: unknown
  queued = 0
  writer: WritableStreamDefaultWriter<T> | undefined
  /** The end of the chain of writes. */
  tail: Promise<unknown>

  constructor(sink: UnderlyingSink<T>, { highWaterMark = 1, size }: QueuingStrategy<T>) {
    this.sink = sink
    this.highWaterMark = highWaterMark
    this.size = size ?? ((): number => 1)
    this.controller = new WritableStreamDefaultController((reason) => this.fail(reason))
    this.closed.promise.catch(() => undefined)
    this.ready.promise.catch(() => undefined)
    this.tail = Promise.resolve(sink.start?.(this.controller))
    this.tail.catch((error: unknown) => this.fail(error))
    this.#settleReady()
  }

  async write(chunk: T): Promise<void> {
    this.#check('write')
    const size = this.size(chunk)
    this.queued += size
    this.#settleReady()
    await this.#enqueue(async () => {
      if (this.state === 'errored') throw this.error
      await this.sink.write?.(chunk, this.controller)
      this.queued -= size
      this.#settleReady()
    })
  }

  async close(): Promise<void> {
    this.#check('close')
    this.state = 'closing'
    this.ready.resolve(undefined)
    await this.#enqueue(async () => {
      if (this.state === 'errored') throw this.error
      await this.sink.close?.()
      this.state = 'closed'
      this.closed.resolve(undefined)
    })
  }

  async abort(reason: unknown): Promise<void> {
    if (this.state === 'closed' || this.state === 'errored') return
    this.controller.error(reason)
    // After the write that is under way: a sink is never entered twice.
    await this.tail.catch(() => undefined)
    await this.sink.abort?.(reason)
  }

  fail(reason: unknown): void {
    if (this.state === 'closed' || this.state === 'errored') return
    this.state = 'errored'
    this.error = reason
    this.closed.reject(reason)
    this.ready.reject(reason)
    this.ready = Promise.withResolvers()
    this.ready.promise.catch(() => undefined)
    this.ready.reject(reason)
  }

  #check(action: string): void {
    if (this.state === 'errored') throw this.error
    if (this.state !== 'writable') {
      throw new TypeError(`Cannot ${action} the stream: it is closed`)
    }
  }

  async #enqueue(step: () => Promise<void>): Promise<void> {
    const run = this.tail.then(step)
    this.tail = run
    try {
      await run
    } catch (error) {
      this.fail(error)
      throw error
    }
  }

  #settleReady(): void {
    if (this.state !== 'writable') return
    if (this.queued < this.highWaterMark) {
      this.ready.resolve(undefined)
      this.#isReady = true
    } else if (this.#isReady) {
      // Replaced only once settled: a writer may still wait for a pending one.
      this.ready = Promise.withResolvers()
      this.ready.promise.catch(() => undefined)
      this.#isReady = false
    }
  }
}

export class WritableStreamDefaultWriter<T = unknown> {
  #core: Core<T> | undefined

  constructor(stream: WritableStream<T>) {
    const owner = core(stream)
    if (owner.writer !== undefined) throw new TypeError('Cannot get a writer: the stream is locked')
    owner.writer = this
    this.#core = owner
  }

  get closed(): Promise<undefined> {
    return this.#held().closed.promise
  }

  get ready(): Promise<undefined> {
    return this.#held().ready.promise
  }

  get desiredSize(): number | null {
    const { state, highWaterMark, queued } = this.#held()
    if (state === 'errored') return null
    return state === 'closed' ? 0 : highWaterMark - queued
  }

  async write(chunk?: T): Promise<void> {
    // Without an argument `undefined` is written, as the standard has it.
    return this.#held().write(chunk as T)
  }

  async close(): Promise<void> {
    return this.#held().close()
  }

  async abort(reason?: unknown): Promise<void> {
    return this.#held().abort(reason)
  }

  releaseLock(): void {
    if (this.#core === undefined) return
    this.#core.writer = undefined
    this.#core = undefined
  }

  #held(): Core<T> {
    if (this.#core === undefined) throw new TypeError('Cannot write: the writer has been released')
    return this.#core
  }
}

export class WritableStream<T = unknown> {
  #core: Core<T>

  static {
    core = (stream) => stream.#core
  }

  constructor(sink: UnderlyingSink<T> = {}, strategy: QueuingStrategy<T> = {}) {
    this.#core = new Core(sink, strategy)
  }

  get locked(): boolean {
    return this.#core.writer !== undefined
  }

  getWriter(): WritableStreamDefaultWriter<T> {
    return new WritableStreamDefaultWriter(this)
  }

  async close(): Promise<void> {
    this.#unlocked()
    return this.#core.close()
  }

  async abort(reason?: unknown): Promise<void> {
    this.#unlocked()
    return this.#core.abort(reason)
  }

  #unlocked(): void {
    if (this.locked) throw new TypeError('Cannot use the stream: it is locked')
  }

  get [Symbol.toStringTag](): string {
    return 'WritableStream'
  }
}
