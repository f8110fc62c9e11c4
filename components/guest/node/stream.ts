/** `node:stream`, as Node publishes it for places without Node. @module */
import stream from 'readable-stream/lib/stream.js'
import { promises } from './stream-promises.ts'

export const {
  addAbortSignal,
  compose,
  destroy,
  Duplex,
  finished,
  isDisturbed,
  isErrored,
  isReadable,
  PassThrough,
  pipeline,
  Readable,
  Stream,
  Transform,
  Writable,
} = stream
export { promises }
export default stream
