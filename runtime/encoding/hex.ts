/**
 * Hexadecimal, two lower-case digits a byte. Node has methods for it from version 25 on; before, a table does.
 *
 * @module
 */

/** Two lower-case digits for each byte. */
export const toHex: (bytes: Uint8Array) => string =
  'toHex' in Uint8Array.prototype ? (bytes) => bytes.toHex() : portableToHex

/** @throws {SyntaxError} when `text` is not pairs of digits, of either case, alone */
export const fromHex: (text: string) => Uint8Array<ArrayBuffer> =
  'fromHex' in Uint8Array ? (text) => Uint8Array.fromHex(text) : portableFromHex

const DIGITS = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'))
const PAIRS = /^(?:[0-9a-f]{2})*$/i

/** Stands in for `toHex` on a platform without the method. */
export function portableToHex(bytes: Uint8Array): string {
  let text = ''
  for (const byte of bytes) text += DIGITS[byte]
  return text
}

/** Stands in for `fromHex` on a platform without the method. */
export function portableFromHex(text: string): Uint8Array<ArrayBuffer> {
  if (!PAIRS.test(text)) throw new SyntaxError('Cannot read hexadecimal: not pairs of digits alone')
  return Uint8Array.from({ length: text.length / 2 }, (_, index) =>
    Number.parseInt(text.slice(index * 2, index * 2 + 2), 16),
  )
}
