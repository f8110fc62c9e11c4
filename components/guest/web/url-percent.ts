/**
 * Percent-encoding (URL standard, section 1.3). A set is a pattern that matches what must be encoded.
 *
 * @module
 */

import { encodeUtf8 } from '../engine.ts'

// Code points of one set, taken in runs: `toWellFormed` and the encoder take care of surrogate pairs.
export const UNSAFE_CONTROL = /[^\x20-\x7e]+/gu
export const UNSAFE_FRAGMENT = /[^\x21\x23-\x3b\x3d\x3f-\x5f\x61-\x7e]+/gu
export const UNSAFE_QUERY = /[^\x21\x24-\x3b\x3d\x3f-\x7e]+/gu
export const UNSAFE_SPECIAL_QUERY = /[^\x21\x24-\x26\x28-\x3b\x3d\x3f-\x7e]+/gu
export const UNSAFE_PATH = /[^\x21\x24-\x3b\x3d\x40-\x5d\x5f\x61-\x7a\x7c\x7e]+/gu
export const UNSAFE_USERINFO = /[^\x21\x24-\x2e\x30-\x39\x41-\x5a\x5f\x61-\x7a\x7e]+/gu
export const UNSAFE_FORM = /[^*\-.0-9A-Z_a-z]+/gu

/** Returns `text` with everything that `unsafe` matches as %XX of its UTF-8 bytes. */
export function percentEncode(text: string, unsafe: RegExp): string {
  return text.replace(unsafe, encodeRun)
}

/** Returns the bytes `text` stands for. Malformed escapes are kept literally. */
export function percentDecode(text: string): Uint8Array {
  const bytes = encodeUtf8(text)
  if (!text.includes('%')) return bytes
  const decoded = new Uint8Array(bytes.length)
  let length = 0
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at] ?? 0
    const value = byte === 0x25 ? hexPair(bytes, at + 1) : -1
    if (value >= 0) at += 2
    decoded[length++] = value >= 0 ? value : byte
  }
  return decoded.subarray(0, length)
}

function hexPair(bytes: Uint8Array, at: number): number {
  const pair = String.fromCharCode(bytes[at] ?? 0, bytes[at + 1] ?? 0)
  return /^[0-9a-f]{2}$/i.test(pair) ? Number.parseInt(pair, 16) : -1
}

function encodeRun(run: string): string {
  let text = ''
  for (const byte of encodeUtf8(run)) {
    text +=
      byte < 16 ? `%0${byte.toString(16).toUpperCase()}` : `%${byte.toString(16).toUpperCase()}`
  }
  return text
}
