/** Streams of bytes, whose readers bring their own buffers. @module */

type ReadableStreamType = 'bytes'
type ReadableStreamReaderMode = 'byob'
interface ReadableStreamGetReaderOptions {
  mode?: ReadableStreamReaderMode
}
interface ReadableStreamBYOBReaderReadOptions {
  min?: number
}
interface UnderlyingByteSource {
  type: 'bytes'
  autoAllocateChunkSize?: number
  start?: (controller: ReadableByteStreamController) => any
  pull?: (controller: ReadableByteStreamController) => void | PromiseLike<void>
  cancel?: (reason?: any) => void | PromiseLike<void>
}

interface ReadableByteStreamController {
  readonly byobRequest: ReadableStreamBYOBRequest | null
  readonly desiredSize: number | null
  close(): void
  enqueue(chunk: ArrayBufferView<ArrayBuffer>): void
  error(reason?: any): void
}
declare var ReadableByteStreamController: {
  prototype: ReadableByteStreamController
  new (): ReadableByteStreamController
}

interface ReadableStreamBYOBReader {
  readonly closed: Promise<undefined>
  cancel(reason?: any): Promise<void>
  read<T extends ArrayBufferView>(
    view: T,
    options?: ReadableStreamBYOBReaderReadOptions,
  ): Promise<ReadableStreamReadResult<T>>
  releaseLock(): void
}
declare var ReadableStreamBYOBReader: {
  prototype: ReadableStreamBYOBReader
  new (stream: ReadableStream<Uint8Array>): ReadableStreamBYOBReader
}

interface ReadableStreamBYOBRequest {
  readonly view: ArrayBufferView<ArrayBuffer> | null
  respond(bytesWritten: number): void
  respondWithNewView(view: ArrayBufferView<ArrayBuffer>): void
}
declare var ReadableStreamBYOBRequest: {
  prototype: ReadableStreamBYOBRequest
  new (): ReadableStreamBYOBRequest
}
