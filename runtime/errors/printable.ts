/**
 * Makes text from outside, such as paths, names and output of guests, safe for a log or a terminal.
 *
 * It shows characters that would have an effect: those that move the cursor or colour the terminal, those that
 * begin a new line (which could look like a line of ours), and those that reverse the direction of text. Only
 * this file knows which characters these are.
 *
 * @module
 */

// Cc: C0, DEL and C1. Cf: marks of direction, and invisible characters. Zl, Zp: U+2028 and U+2029.
// Joiners stay: scripts and emoji need them, and they move nothing.
const UNPRINTABLE = /[[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]--[\u200c-\u200d]]/gv
const UNPRINTABLE_IN_LINES = /[[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]--[\u200c-\u200d\n\t]]/gv
// Most lines of a log are nothing else, and this is looked up in a tenth of the time.
const PLAIN_LINES = /^[\x20-\x7e\n]*$/

/** `text` as one line: a line break is `\n`, a tab `\t`, another control `\x1b`, a mark `\u202e`. */
export function printable(text: string): string {
  return text.replaceAll(UNPRINTABLE, escapeOf)
}

/** The same for text of several lines: line feeds and tabs stay. */
export function printableLines(text: string): string {
  return text.replaceAll(UNPRINTABLE_IN_LINES, escapeOf)
}

/** Returns an equal JSON text, with unprintable characters as escapes of JSON. */
export function printableJson(json: string): string {
  if (PLAIN_LINES.test(json)) return json
  // In JSON controls below U+0020 stand between values only, where they are spaces and line feeds.
  return json.replaceAll(UNPRINTABLE_IN_LINES, (character) =>
    Array.from({ length: character.length }, (_, index) =>
      unicodeEscape(character.charCodeAt(index)),
    ).join(''),
  )
}

function escapeOf(character: string): string {
  const code = character.codePointAt(0) ?? 0
  if (character === '\n') return '\\n'
  if (character === '\t') return '\\t'
  if (code <= 0xff) return `\\x${code.toString(16).padStart(2, '0')}`
  return code <= 0xffff ? unicodeEscape(code) : `\\u{${code.toString(16)}}`
}

function unicodeEscape(code: number): string {
  return `\\u${code.toString(16).padStart(4, '0')}`
}
