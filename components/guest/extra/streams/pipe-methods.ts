/** `pipeTo` and `pipeThrough` of `ReadableStream`. @module */

import { requireObject } from '../../web/queuing-strategy.ts'
import type { Readable } from '../../web/readable-state.ts'
import { readableOf, type ReadableStream } from '../../web/readable-stream.ts'
import { pipe, toPipeOptions } from './pipe.ts'
import { writableOf } from './writable-stream.ts'

export const pipeMethods = {
  async pipeTo(this: unknown, target: unknown, options?: unknown): Promise<void> {
    const source = readableOf(this)
    const writable = writableOf(target)
    const rules = toPipeOptions(options)
    requireUnlocked(source, writable)
    return pipe(source, writable, rules)
  },

  pipeThrough(this: unknown, pair: unknown, options?: unknown): ReadableStream {
    const source = readableOf(this)
    const given = requireObject(pair, 'a transform') as {
      readonly readable: ReadableStream
      readonly writable: unknown
    }
    const { readable } = given
    // In the order of the standard: the second is not looked at when the first is wrong.
    readableOf(readable)
    const target = writableOf(given.writable)
    const rules = toPipeOptions(options)
    requireUnlocked(source, target)
    // A failure shows in the readable half.
    pipe(source, target, rules).catch(() => undefined)
    return readable
  },
}

function requireUnlocked(source: Readable, target: { writer: unknown }): void {
  if (source.reader !== undefined) throw new TypeError('Cannot pipe: the source is locked')
  if (target.writer !== undefined) throw new TypeError('Cannot pipe: the target is locked')
}
