/** Streams that `structuredClone` transfers. @module */

import { ReadableStream } from '../../web/readable-stream.ts'
import { TransformStream } from './transform-stream.ts'
import { WritableStream } from './writable-stream.ts'

/** A stream that takes the place of `stream`: its chunks are copies. Nothing for what is no stream, or a locked one. */
export function moveStream(stream: object): object | undefined {
  const passage = (): TransformStream<unknown, unknown> =>
    new TransformStream({
      transform: (chunk, controller) => controller.enqueue(structuredClone(chunk)),
    })
  if (stream instanceof ReadableStream && !stream.locked) return stream.pipeThrough(passage())
  if (stream instanceof WritableStream && !stream.locked) {
    const { readable, writable } = passage()
    readable.pipeTo(stream).catch(() => undefined)
    return writable
  }
  if (stream instanceof TransformStream && !stream.readable.locked && !stream.writable.locked) {
    return Object.defineProperties(new TransformStream(), {
      readable: { value: moveStream(stream.readable) },
      writable: { value: moveStream(stream.writable) },
    })
  }
  return undefined
}
