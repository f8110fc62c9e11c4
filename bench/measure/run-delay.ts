/**
 * The time that the main thread waits for a processor. On a busy machine it is most of a tail: without it, what is left
 * is our own.
 *
 * @module
 */
import { openSync, readSync } from 'node:fs'

// Nanoseconds on a processor, nanoseconds of waiting for one, slices of time.
const FILE = `/proc/${process.pid}/schedstat`
const MOST_BYTES = 80

/** Returns milliseconds of waiting so far: always 0 where the system does not count them. Reading takes microseconds. */
export function runDelayMs(): number {
  descriptor ??= open()
  if (descriptor === -1) return 0
  const length = readSync(descriptor, text, 0, MOST_BYTES, 0)
  return Number(text.latin1Slice(0, length).split(' ')[1]) / 1e6
}

const text = Buffer.alloc(MOST_BYTES)
let descriptor: number | undefined

function open(): number {
  try {
    return openSync(FILE, 'r')
  } catch {
    return -1
  }
}
