/**
 * `TextEncoder`.
 *
 * @module
 */

import { encodeUtf8 } from '../engine.ts'

export class TextEncoder {
  get encoding(): string {
    return 'utf-8'
  }

  encode(text = ''): Uint8Array<ArrayBuffer> {
    return encodeUtf8(String(text))
  }

  /** Writes as many whole characters as fit. */
  encodeInto(text: string, target: Uint8Array): { read: number; written: number } {
    if (!(target instanceof Uint8Array)) {
      throw new TypeError('Cannot encode into the target: it is no Uint8Array')
    }
    // So is one that was moved away, which cannot be written to.
    if (target.length === 0) return { read: 0, written: 0 }
    const bytes = encodeUtf8(text)
    if (bytes.length <= target.length) {
      target.set(bytes)
      return { read: text.length, written: bytes.length }
    }
    let written = target.length
    while (written > 0 && ((bytes[written] ?? 0) & 0xc0) === 0x80) written--
    target.set(bytes.subarray(0, written))
    let read = 0
    for (let at = 0; at < written; at++) {
      const byte = bytes[at] ?? 0
      // A lead of four bytes stands for two UTF-16 units, a continuation for none.
      if ((byte & 0xc0) !== 0x80) read += byte >= 0xf0 ? 2 : 1
    }
    return { read, written }
  }

  get [Symbol.toStringTag](): string {
    return 'TextEncoder'
  }
}
