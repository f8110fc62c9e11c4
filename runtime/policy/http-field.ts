/**
 * What HTTP allows in a header or trailer, whoever sends it.
 *
 * @module
 */

// https://www.rfc-editor.org/rfc/rfc9110#name-tokens
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/
// Visible characters, spaces and tabs in between, and obs-text; no CR, LF or NUL.
const FIELD_VALUE = /^[\t\x20-\x7e\x80-\xff]*$/

/** Also what a method may be. */
export function isFieldName(text: string): boolean {
  return TOKEN.test(text)
}

/** `text` has a character a byte, as headers of the Web APIs do. */
export function isFieldValue(text: string): boolean {
  return FIELD_VALUE.test(text)
}

/**
 * Fields that frame the message or belong to one connection, in lower case: whoever holds the connection
 * writes them, never a guest.
 */
// https://www.rfc-editor.org/rfc/rfc9110#section-7.6.1
export const CONNECTION_FIELDS = [
  'connection',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
] as const
