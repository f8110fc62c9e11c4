/** Streams, errors and waiting. @module */
export { BytePipe } from './byte-pipe.ts'
export { DISCARD, lineSink, sinkOf } from './byte-sink.ts'
export { EMPTY_SOURCE, ReadableSource } from './byte-source.ts'
export { InputStream, type ByteSource } from './input-stream.ts'
export { wasiIo } from './io.ts'
export { causeOf, closed, failed, IoError, type StreamError } from './io-error.ts'
export { OutputStream, type GuestSink } from './output-stream.ts'
export { Pollable, type Readiness } from './pollable.ts'
