/**
 * `TransformStream` and the two queuing strategies.
 *
 * @module
 */

import type { QueuingStrategy } from './queuing-strategy.ts'
import { ReadableStream, type ReadableStreamDefaultController } from './readable-stream.ts'
import { WritableStream } from './writable-stream.ts'

export interface Transformer<In, Out> {
  start?(controller: TransformStreamDefaultController<Out>): unknown
  transform?(chunk: In, controller: TransformStreamDefaultController<Out>): unknown
  flush?(controller: TransformStreamDefaultController<Out>): unknown
  cancel?(reason: unknown): unknown
}

export class TransformStreamDefaultController<Out = unknown> {
  readonly #readable: ReadableStreamDefaultController<Out>
  readonly #filled: () => void
  readonly #stop: (reason: unknown) => void

  constructor(
    readable: ReadableStreamDefaultController<Out>,
    filled: () => void,
    stop: (reason: unknown) => void,
  ) {
    this.#readable = readable
    this.#filled = filled
    this.#stop = stop
  }

  get desiredSize(): number | null {
    return this.#readable.desiredSize
  }

  enqueue(chunk: Out): void {
    // Before, since the reading side may ask for more at once.
    this.#filled()
    this.#readable.enqueue(chunk)
  }

  error(reason?: unknown): void {
    this.#readable.error(reason)
    this.#stop(reason)
  }

  terminate(): void {
    this.#readable.close()
    this.#stop(new TypeError('The stream was terminated'))
  }
}

export class TransformStream<In = unknown, Out = unknown> {
  readonly readable: ReadableStream<Out>
  readonly writable: WritableStream<In>

  constructor(
    transformer: Transformer<In, Out> = {},
    writableStrategy: QueuingStrategy<In> = {},
    readableStrategy: QueuingStrategy<Out> = {},
  ) {
    // Resolved when the reading side wants more: until then writes wait.
    let wanted = Promise.withResolvers<void>()
    let stop: (reason: unknown) => void = () => undefined
    let output: ReadableStreamDefaultController<Out> | undefined
    this.readable = new ReadableStream<Out>(
      {
        start(controller) {
          output = controller
        },
        pull: () => wanted.resolve(),
        async cancel(reason) {
          stop(reason)
          wanted.resolve()
          await transformer.cancel?.(reason)
        },
      },
      { highWaterMark: 0, ...readableStrategy },
    )
    // `start` has run: the constructor of a stream calls it.
    const readableController = output as unknown as ReadableStreamDefaultController<Out>
    const controller = new TransformStreamDefaultController<Out>(
      readableController,
      () => {
        wanted = Promise.withResolvers()
      },
      (reason) => stop(reason),
    )
    this.writable = new WritableStream<In>(
      {
        start(sink) {
          stop = (reason) => sink.error(reason)
          return transformer.start?.(controller)
        },
        async write(chunk) {
          await wanted.promise
          try {
            if (transformer.transform === undefined) controller.enqueue(chunk as unknown as Out)
            else await transformer.transform(chunk, controller)
          } catch (error) {
            readableController.error(error)
            throw error
          }
        },
        async close() {
          try {
            await transformer.flush?.(controller)
            readableController.close()
          } catch (error) {
            readableController.error(error)
            throw error
          }
        },
        async abort(reason) {
          readableController.error(reason)
          await transformer.cancel?.(reason)
        },
      },
      writableStrategy,
    )
  }

  get [Symbol.toStringTag](): string {
    return 'TransformStream'
  }
}

export class CountQueuingStrategy {
  readonly highWaterMark: number

  constructor({ highWaterMark }: { highWaterMark: number }) {
    this.highWaterMark = highWaterMark
  }

  size(): number {
    return 1
  }
}

export class ByteLengthQueuingStrategy {
  readonly highWaterMark: number

  constructor({ highWaterMark }: { highWaterMark: number }) {
    this.highWaterMark = highWaterMark
  }

  size(chunk: ArrayBufferView): number {
    return chunk.byteLength
  }
}
