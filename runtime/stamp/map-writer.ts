/**
 * Marks what the host writes into a guest's memory: lowered values, return areas, transcoded strings.
 *
 * A forgotten mark leaks bytes from one request to the next, so rarely that an ordinary test does not see it.
 *
 * @module
 */

import { BLOCK_SHIFT } from '../binary/index.ts'

/** Returns a function that marks `length` bytes at `start`, which must be in bounds. */
export function mapWriter(map: WebAssembly.Memory): (start: number, length: number) => void {
  // A map never grows, so the view stays valid.
  const marks = new Uint8Array(map.buffer)
  return function mark(start, length) {
    if (length === 0) return
    const first = start >>> BLOCK_SHIFT
    const last = (start + length - 1) >>> BLOCK_SHIFT
    if (first === last) marks[first] = 1
    else marks.fill(1, first, last + 1)
  }
}
