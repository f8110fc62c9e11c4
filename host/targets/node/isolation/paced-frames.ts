/**
 * Reads the frames of a process, for a part of each turn of the event loop only.
 *
 * A process that has escaped sends as fast as it can. What it sends waits in its own socket then, and clients and other
 * groups have the rest of the turn. A message that takes long to read is followed by a rest that is as long.
 *
 * @module
 */

import type { Readable } from 'node:stream'
import { FrameSplitter } from '../../../../runtime/isolation/index.ts'

// Some hundred messages: a group that is busy and honest needs less.
const MAX_TURN_MS = 1
// One message with many values takes up to a third of a second. As much is left to others after it.
const LONG_TURN_MS = 5

/** @param fail - called for bytes that are no frames, and what `take` throws */
export function readPaced(
  stream: Readable,
  take: (frame: Uint8Array) => void,
  fail: (why: string) => void,
): void {
  const splitter = new FrameSplitter()
  stream.on('data', (chunk: Uint8Array) => {
    splitter.push(chunk)
    turn()
  })
  // What happened to it is said by its end.
  stream.on('error', () => {})

  function turn(): void {
    if (stream.destroyed) return
    const startedAt = performance.now()
    try {
      for (let frame = splitter.next(); frame !== undefined; frame = splitter.next()) {
        take(frame)
        const tookMs = performance.now() - startedAt
        if (tookMs < MAX_TURN_MS) continue
        stream.pause()
        if (tookMs < LONG_TURN_MS) setImmediate(turn)
        else setTimeout(turn, Math.ceil(tookMs))
        return
      }
    } catch (error) {
      return fail(error instanceof Error ? error.message : String(error))
    }
    stream.resume()
  }
}
