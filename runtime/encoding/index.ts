/**
 * Bytes as text: hexadecimal and base64.
 *
 * @module
 */
export { fromBase64, toBase64, type Base64Alphabet } from './base64.ts'
export { fromHex, toHex } from './hex.ts'
