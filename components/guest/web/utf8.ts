/**
 * Decodes UTF-8 that has errors in it, the slow way, as the Encoding standard says.
 *
 * @module
 */

/** Decodes `bytes`, each malformed sequence as one U+FFFD. With `fatal` it throws a `TypeError` instead. */
export function decodeUtf8Lossy(bytes: Uint8Array, fatal = false): string {
  let text = ''
  let at = 0
  while (at < bytes.length) {
    const lead = bytes[at++] ?? 0
    if (lead < 0x80) {
      text += String.fromCharCode(lead)
      continue
    }
    let needed = continuations(lead)
    let point = needed === 0 ? -1 : lead & (0x3f >> needed)
    let [low, high] = secondBytes(lead)
    for (; needed > 0; needed--) {
      const next = bytes[at]
      if (next === undefined || next < low || next > high) {
        point = -1
        break
      }
      at++
      point = (point << 6) | (next & 0x3f)
      low = 0x80
      high = 0xbf
    }
    if (point < 0 && fatal) throw new TypeError('Cannot decode text: not UTF-8')
    text += point < 0 ? '\ufffd' : String.fromCodePoint(point)
  }
  return text
}

/** Returns how many bytes at the end of `bytes` begin a sequence that more bytes could complete. */
export function incompleteTail(bytes: Uint8Array): number {
  for (let length = 1; length <= 3 && length <= bytes.length; length++) {
    const byte = bytes[bytes.length - length] ?? 0
    if (byte < 0x80) return 0
    if (byte < 0xc0) continue
    const [low, high] = secondBytes(byte)
    const second = length === 1 ? low : (bytes[bytes.length - length + 1] ?? 0)
    return continuations(byte) >= length && second >= low && second <= high ? length : 0
  }
  return 0
}

/** The range is narrower for some leads: no overlong forms, surrogates or above U+10FFFF. */
function secondBytes(lead: number): [low: number, high: number] {
  return [
    lead === 0xe0 ? 0xa0 : lead === 0xf0 ? 0x90 : 0x80,
    lead === 0xed ? 0x9f : lead === 0xf4 ? 0x8f : 0xbf,
  ]
}

function continuations(lead: number): number {
  if (lead >= 0xc2 && lead <= 0xdf) return 1
  if (lead >= 0xe0 && lead <= 0xef) return 2
  if (lead >= 0xf0 && lead <= 0xf4) return 3
  return 0
}
