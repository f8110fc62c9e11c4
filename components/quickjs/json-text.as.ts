/**
 * A string in JSON text, with its quotes: in UTF-8, and escaped as `JSON.stringify` does.
 *
 * @module
 */

import { field, SCRATCH } from './memory.as'
import { freeCString, toCString, Value } from './quickjs.as'

// What a function that writes returns in place of the address behind what it wrote: it cannot, or has too little room.
export const OTHER: usize = 0
export const TOO_LONG: usize = 1

const QUOTE: u8 = 0x22
const BACKSLASH: u8 = 0x5c

/** Writes a string, or the name of a property, with its quotes at `at`. */
export function writeText(context: usize, value: Value, at: usize, end: usize): usize {
  const text = toCString(context, field(SCRATCH), value, 0)
  if (text === 0) return OTHER
  const written = writeEscaped(text, text + load<usize>(field(SCRATCH)), at, end)
  freeCString(context, text)
  return written
}

function writeEscaped(text: usize, textEnd: usize, start: usize, end: usize): usize {
  let at = start
  let from = text
  if (at === end) return TOO_LONG
  store<u8>(at++, QUOTE)
  while (from < textEnd) {
    // As many as a character takes at most, and one for the quote.
    if (end - at < 9) return TOO_LONG
    if (from + 8 <= textEnd) {
      const eight = load<u64>(from)
      if (isPlain(eight)) {
        store<u64>(at, eight)
        at += 8
        from += 8
        continue
      }
    }
    const byte = load<u8>(from++)
    if (byte === QUOTE || byte === BACKSLASH) {
      store<u8>(at++, BACKSLASH)
      store<u8>(at++, byte)
    } else if (byte < 0x20) {
      at = writeControl(byte, at)
    } else {
      // Half a surrogate pair is escaped.
      if (byte === 0xed && load<u8>(from) >= 0xa0) return OTHER
      store<u8>(at++, byte)
    }
  }
  if (at === end) return TOO_LONG
  store<u8>(at, QUOTE)
  return at + 1
}

/** Whether none of eight bytes is escaped or part of a longer character. */
// @ts-ignore: decorator
@inline
function isPlain(eight: u64): bool {
  const ones: u64 = 0x0101010101010101
  const high: u64 = 0x8080808080808080
  const quotes = (eight ^ (ones * <u64>QUOTE)) - ones
  const backslashes = (eight ^ (ones * <u64>BACKSLASH)) - ones
  const controls = eight - ones * 0x20
  return ((eight | quotes | backslashes | controls) & high) === 0
}

function writeControl(byte: u8, at: usize): usize {
  store<u8>(at, BACKSLASH)
  let short: u8 = 0
  if (byte === 0x08) short = 0x62 // "b"
  else if (byte === 0x09) short = 0x74 // "t"
  else if (byte === 0x0a) short = 0x6e // "n"
  else if (byte === 0x0c) short = 0x66 // "f"
  else if (byte === 0x0d) short = 0x72 // "r"
  if (short !== 0) {
    store<u8>(at, short, 1)
    return at + 2
  }
  store<u32>(at, 0x30303075, 1) // "u000"
  store<u8>(at, 0x30 + (byte >> 4), 4)
  const low = byte & 15
  store<u8>(at, low < 10 ? 0x30 + low : 0x57 + low, 5)
  return at + 6
}
