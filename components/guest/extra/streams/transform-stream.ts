/**
 * `TransformStream`, as in the Streams standard.
 *
 * @module
 */

import { attempt, Deferred, nothing } from '../../web/deferred.ts'
import {
  markOf,
  methodOf,
  requireObject,
  toStrategy,
  type QueuingStrategy,
} from '../../web/queuing-strategy.ts'
import { ChunkSource, Readable } from '../../web/readable-state.ts'
import { streamOfState as readableOver, type ReadableStream } from '../../web/readable-stream.ts'
import { Writable } from './writable-state.ts'
import { streamOfState as writableOver, type WritableStream } from './writable-stream.ts'

export interface Transformer<In, Out> {
  start?(controller: TransformStreamDefaultController<Out>): unknown
  transform?(chunk: In, controller: TransformStreamDefaultController<Out>): unknown
  flush?(controller: TransformStreamDefaultController<Out>): unknown
  cancel?(reason: unknown): unknown
}

interface TransformAlgorithms {
  readonly transform?: ((chunk: unknown) => unknown) | undefined
  readonly flush?: (() => unknown) | undefined
  readonly cancel?: ((reason: unknown) => unknown) | undefined
}

interface TransformSides {
  readonly writableMark: number
  readonly writableSize: ((chunk: unknown) => unknown) | undefined
  readonly readableMark: number
  readonly readableSize: ((chunk: unknown) => unknown) | undefined
}

/** The state between the two sides. */
class Transform {
  algorithms: TransformAlgorithms = {}
  readonly writable: Writable
  readonly output: ChunkSource
  #isFull = true
  #changed = new Deferred()
  #finished: Deferred | undefined

  constructor({ writableMark, writableSize, readableMark, readableSize }: TransformSides) {
    this.writable = new Writable(
      {
        write: (chunk) => this.#write(chunk),
        close: () => this.#end(() => this.algorithms.flush?.(), this.#ended),
        abort: (reason) =>
          this.#end(
            () => this.algorithms.cancel?.(reason),
            () => this.#aborted(reason),
          ),
      },
      writableMark,
      writableSize,
    )
    this.output = new ChunkSource(
      new Readable(),
      { pull: () => this.#pull(), cancel: (reason) => this.#cancel(reason) },
      readableMark,
      readableSize,
    )
  }

  start(started: Promise<unknown>): void {
    this.writable.start(started)
    this.output.start(started)
  }

  enqueue(chunk: unknown): void {
    const { output } = this
    if (!output.isOpen) throw new TypeError('Cannot enqueue a chunk: the stream is closed')
    try {
      output.enqueue(chunk)
    } catch (error) {
      this.#stop(error)
      throw output.stream.error
    }
    const isFull = !output.wants
    if (isFull !== this.#isFull) this.#setFull(true)
  }

  fail(error: unknown): void {
    this.output.fail(error)
    this.#stop(error)
  }

  terminate(): void {
    // It may have been closed.
    if (this.output.isOpen) this.output.close()
    this.#stop(new TypeError('The stream was terminated'))
  }

  #write(chunk: unknown): unknown {
    if (!this.#isFull) return this.#transform(chunk)
    return this.#changed.promise.then(() => {
      if (this.writable.state === 'failing') throw this.writable.error
      return this.#transform(chunk)
    })
  }

  #transform(chunk: unknown): Promise<unknown> {
    const { transform } = this.algorithms
    const transformed = attempt(() => transform?.(chunk))
    return transformed.catch((error: unknown) => {
      this.fail(error)
      throw error
    })
  }

  /** Ends once, whichever side is first: runs `step`, then `done`, which may throw. */
  #end(step: () => unknown, done: () => void, failed = this.#failed): Promise<undefined> {
    if (this.#finished !== undefined) return this.#finished.promise
    const finished = new Deferred()
    this.#finished = finished
    const stepped = attempt(step)
    this.algorithms = {}
    stepped
      .then(done, (error: unknown) => {
        failed(error)
        throw error
      })
      .then(
        () => finished.resolve(undefined),
        (error: unknown) => finished.reject(error),
      )
    return finished.promise
  }

  readonly #ended = (): void => {
    const { output } = this
    if (output.stream.state === 'errored') throw output.stream.error
    if (output.isOpen) output.close()
  }

  readonly #failed = (error: unknown): void => this.output.fail(error)

  #aborted(reason: unknown): void {
    const { stream } = this.output
    if (stream.state === 'errored') throw stream.error
    this.output.fail(reason)
  }

  #cancel(reason: unknown): Promise<unknown> {
    const release = (error: unknown): void => {
      this.writable.fail(error)
      this.#unblock()
    }
    return this.#end(
      () => this.algorithms.cancel?.(reason),
      () => {
        if (this.writable.state === 'errored') throw this.writable.error
        release(reason)
      },
      release,
    )
  }

  #pull(): Promise<unknown> {
    this.#setFull(false)
    return this.#changed.promise
  }

  #stop(error: unknown): void {
    this.algorithms = {}
    this.writable.fail(error)
    this.#unblock()
  }

  #unblock(): void {
    if (this.#isFull) this.#setFull(false)
  }

  #setFull(isFull: boolean): void {
    this.#changed.resolve(undefined)
    this.#changed = new Deferred()
    this.#isFull = isFull
  }
}

/** Names the caller that may make a controller. */
const INTERNAL: unique symbol = Symbol('internal')

let makeController: <Out>(state: Transform) => TransformStreamDefaultController<Out>

export class TransformStreamDefaultController<Out = unknown> {
  readonly #state: Transform

  static {
    makeController = (state) => new TransformStreamDefaultController(state as never, INTERNAL)
  }

  constructor(state: never, key: typeof INTERNAL) {
    if (key !== INTERNAL) throw new TypeError('Illegal constructor')
    this.#state = state
  }

  get desiredSize(): number | null {
    return this.#state.output.desiredSize
  }

  enqueue(chunk?: Out): void {
    this.#state.enqueue(chunk)
  }

  error(reason?: unknown): void {
    this.#state.fail(reason)
  }

  terminate(): void {
    this.#state.terminate()
  }

  get [Symbol.toStringTag](): string {
    return 'TransformStreamDefaultController'
  }
}

export class TransformStream<In = unknown, Out = unknown> {
  readonly #readable: ReadableStream<Out>
  readonly #writable: WritableStream<In>

  constructor(
    transformer?: Transformer<In, Out>,
    writableStrategy?: QueuingStrategy<In>,
    readableStrategy?: QueuingStrategy<Out>,
  ) {
    const writableRules = toStrategy(writableStrategy)
    const readableRules = toStrategy(readableStrategy)
    const given = transformer === undefined ? {} : requireObject(transformer, 'a transformer')
    const cancel = methodOf<[unknown]>(given, 'cancel')
    const flush = methodOf<[unknown]>(given, 'flush')
    requireAbsent(given, 'readableType')
    const start = methodOf<[unknown]>(given, 'start')
    const transform = methodOf<[unknown, unknown]>(given, 'transform')
    requireAbsent(given, 'writableType')
    const readableMark = markOf(readableRules, 0)
    const state = new Transform({
      readableMark,
      readableSize: readableRules.size,
      writableMark: markOf(writableRules, 1),
      writableSize: writableRules.size,
    })
    const controller = makeController<Out>(state)
    this.#readable = readableOver(state.output.stream)
    this.#writable = writableOver(state.writable)
    state.algorithms = {
      transform:
        transform === undefined
          ? (chunk) => state.enqueue(chunk)
          : (chunk) => transform(chunk, controller),
      flush: flush === undefined ? nothing : () => flush(controller),
      cancel,
    }
    const started = new Deferred<unknown>()
    state.start(started.promise)
    started.resolve(start?.(controller))
  }

  get readable(): ReadableStream<Out> {
    return this.#readable
  }

  get writable(): WritableStream<In> {
    return this.#writable
  }

  get [Symbol.toStringTag](): string {
    return 'TransformStream'
  }
}

function requireAbsent(transformer: object, name: string): void {
  if (Reflect.get(transformer, name) !== undefined) {
    throw new RangeError(`Cannot make a transform stream: "${name}" is reserved`)
  }
}
