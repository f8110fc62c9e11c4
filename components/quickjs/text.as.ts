/**
 * UTF-8 checks. The canonical ABI demands them, and the engine, which has its own dialect of UTF-8, does not do them.
 *
 * @module
 */

/**
 * Makes `length` bytes the engine wrote UTF-8, in place: it writes a lone surrogate as three bytes, and U+FFFD
 * has three as well. ASCII is only read, because it may be the string itself.
 */
export function mendSurrogates(pointer: usize, length: usize): void {
  const end = pointer + length
  let at = asciiEnd(pointer, end)
  for (; at + 2 < end; at++) {
    if (load<u8>(at) !== 0xed || load<u8>(at, 1) < 0xa0) continue
    store<u8>(at, 0xef)
    store<u8>(at, 0xbf, 1)
    store<u8>(at, 0xbd, 2)
  }
}

/** Whether the bytes are UTF-8: no overlong forms, no surrogates, nothing above U+10FFFF. */
export function isUtf8(pointer: usize, length: usize): bool {
  const end = pointer + length
  let at = asciiEnd(pointer, end)
  while (at < end) {
    const lead = load<u8>(at++)
    if (lead < 0x80) continue
    if (lead < 0xc2 || lead > 0xf4) return false
    let low: u8 = 0x80
    let high: u8 = 0xbf
    let more: i32 = lead < 0xe0 ? 1 : lead < 0xf0 ? 2 : 3
    if (lead === 0xe0) low = 0xa0
    else if (lead === 0xed) high = 0x9f
    else if (lead === 0xf0) low = 0x90
    else if (lead === 0xf4) high = 0x8f
    for (; more > 0; more--) {
      if (at >= end) return false
      const next = load<u8>(at++)
      if (next < low || next > high) return false
      low = 0x80
      high = 0xbf
    }
  }
  return true
}

/** Writes each byte as one character in UTF-8 to `target`, which has room for twice as many; returns how many. */
export function latin1ToUtf8(pointer: usize, length: usize, target: usize): usize {
  let to = target
  for (let at = pointer, end = pointer + length; at < end; at++) {
    const byte = load<u8>(at)
    if (byte < 0x80) {
      store<u8>(to++, byte)
    } else {
      store<u8>(to++, 0xc0 | (byte >> 6))
      store<u8>(to++, 0x80 | (byte & 0x3f))
    }
  }
  return to - target
}

/** Returns where the ASCII that begins at `at` ends, rounded down to eight bytes. */
function asciiEnd(at: usize, end: usize): usize {
  while (at + 8 <= end && (load<u64>(at) & 0x8080808080808080) === 0) at += 8
  return at
}
