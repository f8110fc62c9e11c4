/**
 * Reads the frames of a process, for a part of each turn of the event loop only.
 *
 * A process that has escaped sends as fast as it can. What it sends waits in its own socket then, and clients and other
 * groups have the rest of the turn.
 *
 * @module
 */

import type { Readable } from 'node:stream'
import { FrameSplitter } from '../../../../runtime/isolation/index.ts'

// Some hundred messages: a group that is busy and honest needs less.
const MAX_TURN_MS = 1

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
        if (performance.now() - startedAt < MAX_TURN_MS) continue
        stream.pause()
        setImmediate(turn)
        return
      }
    } catch (error) {
      return fail(error instanceof Error ? error.message : String(error))
    }
    stream.resume()
  }
}
