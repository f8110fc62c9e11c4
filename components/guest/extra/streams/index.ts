/**
 * The half of the streams that few agents use: writable streams, transform streams, and pipes between streams. Every agent
 * has readable streams, because bodies are some.
 *
 * @module
 */

import { parts } from '../../parts.ts'
import { ReadableStream } from '../../web/readable-stream.ts'
import { define } from '../define.ts'
import { moveStream } from './move-stream.ts'
import { pipeMethods } from './pipe-methods.ts'
import { ByteLengthQueuingStrategy, CountQueuingStrategy } from './queuing-strategies.ts'
import { TextDecoderStream, TextEncoderStream } from './text-streams.ts'
import { TransformStream, TransformStreamDefaultController } from './transform-stream.ts'
import {
  WritableStream,
  WritableStreamDefaultController,
  WritableStreamDefaultWriter,
} from './writable-stream.ts'

parts.moveStream = moveStream
define(pipeMethods, ReadableStream.prototype)
define({
  ByteLengthQueuingStrategy,
  CountQueuingStrategy,
  TextDecoderStream,
  TextEncoderStream,
  TransformStream,
  TransformStreamDefaultController,
  WritableStream,
  WritableStreamDefaultController,
  WritableStreamDefaultWriter,
})
