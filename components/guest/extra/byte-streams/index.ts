/**
 * Streams of bytes, whose readers bring the buffers. They take the place of ordinary streams, which a source of
 * `type: 'bytes'` has in an agent that names none of this.
 *
 * @module
 */

import { parts } from '../../parts.ts'
import { define } from '../define.ts'
import { ReadableStreamBYOBReader } from './byob-reader.ts'
import {
  fillWithBytes,
  ReadableByteStreamController,
  ReadableStreamBYOBRequest,
} from './byte-controller.ts'

parts.bytes = { fill: fillWithBytes, reader: ReadableStreamBYOBReader }
define({ ReadableByteStreamController, ReadableStreamBYOBReader, ReadableStreamBYOBRequest })
