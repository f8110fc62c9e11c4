/** Streams, and what they pass through. @module */

interface QueuingStrategySize<T = any> {
  (chunk: T): number
}
interface QueuingStrategy<T = any> {
  highWaterMark?: number
  size?: QueuingStrategySize<T>
}
interface QueuingStrategyInit {
  highWaterMark: number
}
interface ByteLengthQueuingStrategy extends QueuingStrategy<ArrayBufferView> {
  readonly highWaterMark: number
  readonly size: QueuingStrategySize<ArrayBufferView>
}
declare var ByteLengthQueuingStrategy: {
  prototype: ByteLengthQueuingStrategy
  new (init: QueuingStrategyInit): ByteLengthQueuingStrategy
}
interface CountQueuingStrategy extends QueuingStrategy {
  readonly highWaterMark: number
  readonly size: QueuingStrategySize
}
declare var CountQueuingStrategy: {
  prototype: CountQueuingStrategy
  new (init: QueuingStrategyInit): CountQueuingStrategy
}

interface UnderlyingDefaultSource<R = any> {
  type?: undefined
  start?: (controller: ReadableStreamDefaultController<R>) => any
  pull?: (controller: ReadableStreamDefaultController<R>) => void | PromiseLike<void>
  cancel?: (reason?: any) => void | PromiseLike<void>
}
interface UnderlyingSource<R = any> {
  type?: ReadableStreamType
  autoAllocateChunkSize?: number
  start?: (controller: ReadableStreamController<R>) => any
  pull?: (controller: ReadableStreamController<R>) => void | PromiseLike<void>
  cancel?: (reason?: any) => void | PromiseLike<void>
}
type ReadableStreamController<T> = ReadableStreamDefaultController<T> | ReadableByteStreamController
type ReadableStreamReader<T> = ReadableStreamDefaultReader<T> | ReadableStreamBYOBReader
interface ReadableStreamReadDoneResult<T> {
  done: true
  value: T | undefined
}
interface ReadableStreamReadValueResult<T> {
  done: false
  value: T
}
type ReadableStreamReadResult<T> =
  ReadableStreamReadValueResult<T> | ReadableStreamReadDoneResult<T>
interface ReadableStreamIteratorOptions {
  preventCancel?: boolean
}
interface StreamPipeOptions {
  preventAbort?: boolean
  preventCancel?: boolean
  preventClose?: boolean
  signal?: AbortSignal
}
interface ReadableWritablePair<R = any, W = any> {
  readable: ReadableStream<R>
  writable: WritableStream<W>
}

interface ReadableStreamAsyncIterator<T> extends AsyncIterableIterator<T> {
  [Symbol.asyncIterator](): ReadableStreamAsyncIterator<T>
}
interface ReadableStream<R = any> {
  readonly locked: boolean
  cancel(reason?: any): Promise<void>
  getReader(options: { mode: 'byob' }): ReadableStreamBYOBReader
  getReader(): ReadableStreamDefaultReader<R>
  getReader(options?: ReadableStreamGetReaderOptions): ReadableStreamReader<R>
  pipeThrough<T>(
    transform: ReadableWritablePair<T, R>,
    options?: StreamPipeOptions,
  ): ReadableStream<T>
  pipeTo(destination: WritableStream<R>, options?: StreamPipeOptions): Promise<void>
  tee(): [ReadableStream<R>, ReadableStream<R>]
  values(options?: ReadableStreamIteratorOptions): ReadableStreamAsyncIterator<R>
  [Symbol.asyncIterator](options?: ReadableStreamIteratorOptions): ReadableStreamAsyncIterator<R>
}
declare var ReadableStream: {
  prototype: ReadableStream
  new (
    source: UnderlyingByteSource,
    strategy?: { highWaterMark?: number },
  ): ReadableStream<Uint8Array<ArrayBuffer>>
  new <R = any>(
    source: UnderlyingDefaultSource<R>,
    strategy?: QueuingStrategy<R>,
  ): ReadableStream<R>
  new <R = any>(source?: UnderlyingSource<R>, strategy?: QueuingStrategy<R>): ReadableStream<R>
  from<R>(values: AsyncIterable<R> | Iterable<R | PromiseLike<R>>): ReadableStream<R>
}

interface ReadableStreamDefaultReader<R = any> {
  readonly closed: Promise<undefined>
  cancel(reason?: any): Promise<void>
  read(): Promise<ReadableStreamReadResult<R>>
  releaseLock(): void
}
declare var ReadableStreamDefaultReader: {
  prototype: ReadableStreamDefaultReader
  new <R = any>(stream: ReadableStream<R>): ReadableStreamDefaultReader<R>
}

interface ReadableStreamDefaultController<R = any> {
  readonly desiredSize: number | null
  close(): void
  enqueue(chunk?: R): void
  error(reason?: any): void
}
declare var ReadableStreamDefaultController: {
  prototype: ReadableStreamDefaultController
  new (): ReadableStreamDefaultController
}

interface UnderlyingSink<W = any> {
  type?: undefined
  start?: (controller: WritableStreamDefaultController) => any
  write?: (chunk: W, controller: WritableStreamDefaultController) => void | PromiseLike<void>
  close?: () => void | PromiseLike<void>
  abort?: (reason?: any) => void | PromiseLike<void>
}
interface WritableStream<W = any> {
  readonly locked: boolean
  abort(reason?: any): Promise<void>
  close(): Promise<void>
  getWriter(): WritableStreamDefaultWriter<W>
}
declare var WritableStream: {
  prototype: WritableStream
  new <W = any>(sink?: UnderlyingSink<W>, strategy?: QueuingStrategy<W>): WritableStream<W>
}
interface WritableStreamDefaultController {
  readonly signal: AbortSignal
  error(reason?: any): void
}
declare var WritableStreamDefaultController: {
  prototype: WritableStreamDefaultController
  new (): WritableStreamDefaultController
}
interface WritableStreamDefaultWriter<W = any> {
  readonly closed: Promise<undefined>
  readonly desiredSize: number | null
  readonly ready: Promise<undefined>
  abort(reason?: any): Promise<void>
  close(): Promise<void>
  releaseLock(): void
  write(chunk?: W): Promise<void>
}
declare var WritableStreamDefaultWriter: {
  prototype: WritableStreamDefaultWriter
  new <W = any>(stream: WritableStream<W>): WritableStreamDefaultWriter<W>
}

interface Transformer<I = any, O = any> {
  readableType?: undefined
  writableType?: undefined
  start?: (controller: TransformStreamDefaultController<O>) => any
  transform?: (
    chunk: I,
    controller: TransformStreamDefaultController<O>,
  ) => void | PromiseLike<void>
  flush?: (controller: TransformStreamDefaultController<O>) => void | PromiseLike<void>
  cancel?: (reason: any) => void | PromiseLike<void>
}
interface TransformStream<I = any, O = any> {
  readonly readable: ReadableStream<O>
  readonly writable: WritableStream<I>
}
declare var TransformStream: {
  prototype: TransformStream
  new <I = any, O = any>(
    transformer?: Transformer<I, O>,
    writableStrategy?: QueuingStrategy<I>,
    readableStrategy?: QueuingStrategy<O>,
  ): TransformStream<I, O>
}
interface TransformStreamDefaultController<O = any> {
  readonly desiredSize: number | null
  enqueue(chunk?: O): void
  error(reason?: any): void
  terminate(): void
}
declare var TransformStreamDefaultController: {
  prototype: TransformStreamDefaultController
  new (): TransformStreamDefaultController
}

interface GenericTransformStream {
  readonly readable: ReadableStream
  readonly writable: WritableStream
}
type CompressionFormat = 'deflate' | 'deflate-raw' | 'gzip'
interface CompressionStream extends GenericTransformStream {
  readonly readable: ReadableStream<Uint8Array<ArrayBuffer>>
  readonly writable: WritableStream<BufferSource>
}
declare var CompressionStream: {
  prototype: CompressionStream
  new (format: CompressionFormat): CompressionStream
}
interface DecompressionStream extends GenericTransformStream {
  readonly readable: ReadableStream<Uint8Array<ArrayBuffer>>
  readonly writable: WritableStream<BufferSource>
}
declare var DecompressionStream: {
  prototype: DecompressionStream
  new (format: CompressionFormat): DecompressionStream
}
