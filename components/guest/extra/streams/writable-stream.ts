/**
 * `WritableStream` with its writer and its controller, as in the Streams standard, over the state in
 * `writable-state.ts`.
 *
 * @module
 */

import { AbortController, type AbortSignal } from '../../web/abort.ts'
import { foreign } from '../../web/deferred.ts'
import {
  markOf,
  methodOf,
  requireObject,
  toStrategy,
  type QueuingStrategy,
} from '../../web/queuing-strategy.ts'
import { Writable, Writer } from './writable-state.ts'

export interface UnderlyingSink<T> {
  start?(controller: WritableStreamDefaultController): unknown
  write?(chunk: T, controller: WritableStreamDefaultController): unknown
  close?(): unknown
  abort?(reason: unknown): unknown
}

/** Names the callers that may make objects of classes without a public constructor. */
const INTERNAL: unique symbol = Symbol('internal')

let stateOf: (stream: unknown) => Writable | undefined
let makeController: (state: Writable) => WritableStreamDefaultController

/** The state behind `stream`. @throws {TypeError} when that is no `WritableStream` */
export function writableOf(stream: unknown): Writable {
  const state = stateOf(stream)
  if (state === undefined) throw foreign('WritableStream')
  return state
}

/** The stream over `state`. */
export function streamOfState<T>(state: Writable): WritableStream<T> {
  return new WritableStream<T>(state as never, INTERNAL as never)
}

export class WritableStreamDefaultController {
  readonly #state: Writable
  // Made when it is first asked for.
  #abort: AbortController | undefined
  #aborted: { readonly reason: unknown } | undefined

  static {
    makeController = (state) => new WritableStreamDefaultController(state as never, INTERNAL)
  }

  constructor(state: never, key: typeof INTERNAL) {
    if (key !== INTERNAL) throw new TypeError('Illegal constructor')
    this.#state = state as Writable
    this.#state.onAbort = (reason) => {
      this.#aborted ??= { reason }
      this.#abort?.abort(reason)
    }
  }

  get signal(): AbortSignal {
    if (this.#abort === undefined) {
      this.#abort = new AbortController()
      if (this.#aborted !== undefined) this.#abort.abort(this.#aborted.reason)
    }
    return this.#abort.signal
  }

  error(reason?: unknown): void {
    this.#state.fail(reason)
  }

  get [Symbol.toStringTag](): string {
    return 'WritableStreamDefaultController'
  }
}

export class WritableStreamDefaultWriter<T = unknown> {
  readonly #writer: Writer

  constructor(stream: WritableStream<T>) {
    this.#writer = new Writer(writableOf(stream))
  }

  get closed(): Promise<undefined> {
    return #writer in this ? this.#writer.closed.promise : Promise.reject(foreign('writer'))
  }

  get ready(): Promise<undefined> {
    return #writer in this ? this.#writer.ready.promise : Promise.reject(foreign('writer'))
  }

  get desiredSize(): number | null {
    const { state, desiredSize } = this.#writer.held()
    if (state === 'failing' || state === 'errored') return null
    return state === 'closed' ? 0 : desiredSize
  }

  // These return the promises of the state: the standard says in which order promises settle.

  write(chunk?: T): Promise<void> {
    // Without an argument `undefined` is written, as the standard has it.
    return #writer in this ? this.#writer.write(chunk) : Promise.reject(foreign('writer'))
  }

  close(): Promise<void> {
    return passed(() => this.#writer.held().close())
  }

  abort(reason?: unknown): Promise<void> {
    return passed(() => this.#writer.held().abort(reason))
  }

  releaseLock(): void {
    this.#writer.release()
  }

  get [Symbol.toStringTag](): string {
    return 'WritableStreamDefaultWriter'
  }
}

export class WritableStream<T = unknown> {
  readonly #state: Writable

  static {
    stateOf = (stream) =>
      typeof stream === 'object' && stream !== null && #state in stream ? stream.#state : undefined
  }

  constructor(sink?: UnderlyingSink<T>, strategy?: QueuingStrategy<T>) {
    if ((strategy as unknown) === INTERNAL) {
      this.#state = sink as unknown as Writable
      return
    }
    const rules = toStrategy(strategy)
    const given = sink === undefined ? {} : requireObject(sink, 'its sink')
    const abort = methodOf<[unknown]>(given, 'abort')
    const close = methodOf<[]>(given, 'close')
    const start = methodOf<[unknown]>(given, 'start')
    if (Reflect.get(given, 'type') !== undefined) {
      throw new RangeError('Cannot make a stream: its sink has a "type"')
    }
    const write = methodOf<[unknown, unknown]>(given, 'write')
    this.#state = new Writable({}, markOf(rules, 1), rules.size)
    const controller = makeController(this.#state)
    this.#state.algorithms = {
      write: write === undefined ? undefined : (chunk) => write(chunk, controller),
      close,
      abort,
    }
    this.#state.start(start?.(controller))
  }

  get locked(): boolean {
    return this.#state.writer !== undefined
  }

  getWriter(): WritableStreamDefaultWriter<T> {
    return new WritableStreamDefaultWriter(this)
  }

  close(): Promise<void> {
    return passed(() => this.#unlocked().close())
  }

  abort(reason?: unknown): Promise<void> {
    return passed(() => this.#unlocked().abort(reason))
  }

  #unlocked(): Writable {
    if (this.locked) throw new TypeError('Cannot use the stream: it is locked')
    return this.#state
  }

  get [Symbol.toStringTag](): string {
    return 'WritableStream'
  }
}

/** The promise that `call` returns, or one of what it throws. */
function passed(call: () => Promise<undefined>): Promise<undefined> {
  try {
    return call()
  } catch (error) {
    return Promise.reject(error)
  }
}
