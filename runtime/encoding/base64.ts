/**
 * Base64, with padding, and base64url, without. Node has methods for it from version 25 on; before, `btoa` and
 * `atob` do, which read and write the same.
 *
 * @module
 */

/** https://www.rfc-editor.org/rfc/rfc4648#section-4 and section 5. */
export type Base64Alphabet = 'base64' | 'base64url'

/** Padded in `base64`, not padded in `base64url`. */
export const toBase64: (bytes: Uint8Array, alphabet?: Base64Alphabet) => string =
  'toBase64' in Uint8Array.prototype
    ? (bytes, alphabet = 'base64') =>
        bytes.toBase64({ alphabet, omitPadding: alphabet === 'base64url' })
    : portableToBase64

/**
 * Reads base64 as `atob` does: white space is passed over, padding may be missing.
 *
 * @throws {SyntaxError} when `text` is nothing of the kind
 */
export const fromBase64: (text: string, alphabet?: Base64Alphabet) => Uint8Array<ArrayBuffer> =
  'fromBase64' in Uint8Array
    ? (text, alphabet = 'base64') => Uint8Array.fromBase64(text, { alphabet })
    : portableFromBase64

// A multiple of 3, so that no piece but the last is padded; each byte is an argument of one call.
const PIECE_BYTES = 12_288

/** Stands in for `toBase64` on a platform without the method. */
export function portableToBase64(bytes: Uint8Array, alphabet: Base64Alphabet = 'base64'): string {
  const pieces: string[] = []
  // Piece by piece: a string that grows by characters takes 32 bytes for each, and the host's memory with them.
  for (let start = 0; start < bytes.length; start += PIECE_BYTES) {
    const piece = bytes.subarray(start, start + PIECE_BYTES)
    pieces.push(btoa(String.fromCharCode(...piece)))
  }
  const text = pieces.join('')
  if (alphabet === 'base64') return text
  return text.replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')
}

/** Stands in for `fromBase64` on a platform without the method. */
export function portableFromBase64(
  text: string,
  alphabet: Base64Alphabet = 'base64',
): Uint8Array<ArrayBuffer> {
  const binary = decode(alphabet === 'base64' ? text : standard(text))
  const bytes = new Uint8Array(binary.length)
  for (let index = 0; index < bytes.length; index++) bytes[index] = binary.charCodeAt(index)
  return bytes
}

function decode(text: string): string {
  try {
    return atob(text)
  } catch (cause) {
    throw new SyntaxError('Cannot read base64: not base64 alone', { cause })
  }
}

/** The same in the alphabet of `atob`. */
function standard(text: string): string {
  if (/[+/]/.test(text)) throw new SyntaxError('Cannot read base64url: it has no + and no /')
  return text.replaceAll('-', '+').replaceAll('_', '/')
}
