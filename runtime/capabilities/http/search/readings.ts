/**
 * Readings of a text: each undoes one way of writing a secret. A reading keeps the origin of every byte, so that a
 * secret that is found can be starred in the original text.
 *
 * Longer than other files: it is one table of all readings, with their common part.
 *
 * @module
 */

/** Where the bytes of a reading are in the text that was read first. */
export interface Places {
  readonly starts: ArrayLike<number>
  readonly ends: ArrayLike<number>
}

export interface Text {
  readonly bytes: Uint8Array
  /** 1 for every byte that is in it. */
  readonly present: Uint8Array
  /** Found out when something is found, which is rare. `undefined` for the text that was read first. */
  readonly places: (() => Places) | undefined
}

export interface Reading {
  /** Texts that have none of these bytes read the same. */
  readonly markers: readonly number[]
  /** Kind of each byte: `LITERAL`, `SKIPPED`, or `BEGINNING` of an escape that `next` reads. */
  readonly kinds: Uint8Array
  /** Reads the escape at `at`: its length in bytes, `STEP` each, and the byte that it means or `NOTHING`. */
  next(bytes: Uint8Array, at: number): number
}

/** `text` in another reading; `undefined` where that would be the same. */
export function read(reading: Reading, text: Text): Text | undefined {
  const { bytes } = text
  if (!reading.markers.some((marker) => text.present[marker] === 1)) return undefined
  const into = new Uint8Array(bytes.length)
  const count = rewrite(reading, bytes, into)
  return textOf(into.subarray(0, count), () => placesIn(reading, text))
}

/** Makes a text of `bytes`, with their places in the original text if they are not the original. */
export function textOf(bytes: Uint8Array, places?: () => Places): Text {
  const present = new Uint8Array(256)
  for (let at = 0; at < bytes.length; at++) present[bytes[at] as number] = 1 // In range
  return { bytes, present, places }
}

function placesIn(reading: Reading, { bytes, places }: Text): Places {
  const starts = new Uint32Array(bytes.length)
  const ends = new Uint32Array(bytes.length)
  const count = rewrite(reading, bytes, new Uint8Array(bytes.length), { starts, ends })
  const outer = places?.()
  if (outer === undefined) return { starts, ends }
  for (let at = 0; at < count; at++) {
    // Places in `bytes`, of which each has its own.
    starts[at] = outer.starts[starts[at] as number] as number
    ends[at] = outer.ends[(ends[at] as number) - 1] as number
  }
  return { starts, ends }
}

/** Returns how many bytes it has written. */
function rewrite(
  reading: Reading,
  bytes: Uint8Array,
  into: Uint8Array,
  places?: { readonly starts: Uint32Array; readonly ends: Uint32Array },
): number {
  const { kinds } = reading
  let count = 0
  for (let at = 0; at < bytes.length;) {
    const byte = bytes[at] as number // In range
    const kind = kinds[byte]
    if (kind === SKIPPED) {
      at++
      continue
    }
    const step = kind === LITERAL ? STEP | byte : reading.next(bytes, at)
    const end = kind === LITERAL ? at + 1 : at + (step >> WIDTH_SHIFT)
    const value = step & VALUE_MASK
    if (value !== NOTHING) {
      if (places !== undefined) {
        places.starts[count] = at
        places.ends[count] = end
      }
      into[count++] = value
    }
    at = end
  }
  return count
}

const LITERAL = 0
const SKIPPED = 1
const BEGINNING = 2

// The result is packed in one number: an object for each byte would take most of the time.
const WIDTH_SHIFT = 9
const STEP = 1 << WIDTH_SHIFT
const VALUE_MASK = STEP - 1
const NOTHING = 256
// Stands for every character that is in no secret.
const OTHER = 0xfe

const BLANKS = '\t\n\v\f\r '
const SEPARATORS = ',-.:;_'
const HASH = 0x23
const DIGIT_0 = 0x30
const SEMICOLON = 0x3b
const NEWLINE = 0x0a
const RETURN = 0x0d
const LETTER_U = 0x75
const LETTER_X = 0x78
/** Set in ASCII letters of lower case. */
const LOWER = 0x20

// As many as the highest code point has, in decimal.
const MAX_ENTITY_DIGITS = 7
const MAX_ENTITY_NAME = 8

/** HTML's names for characters of secrets: https://html.spec.whatwg.org/#named-character-references */
const NAMED: ReadonlyMap<string, string> = new Map(
  Object.entries({
    amp: '&',
    apos: "'",
    ast: '*',
    bsol: '\\',
    colon: ':',
    comma: ',',
    commat: '@',
    dollar: '$',
    equals: '=',
    excl: '!',
    grave: '`',
    gt: '>',
    Hat: '^',
    lbrace: '{',
    lbrack: '[',
    lcub: '{',
    lowbar: '_',
    lpar: '(',
    lsqb: '[',
    lt: '<',
    num: '#',
    percnt: '%',
    period: '.',
    plus: '+',
    quest: '?',
    quot: '"',
    rbrace: '}',
    rbrack: ']',
    rcub: '}',
    rpar: ')',
    rsqb: ']',
    semi: ';',
    sol: '/',
    verbar: '|',
    vert: '|',
  }),
)

// Escapes of JSON with a letter.
const CONTROLS: ReadonlyMap<number, number> = new Map(
  ['b\b', 'f\f', 'n\n', 'r\r', 't\t'].map(([letter = '', control = '']) => [
    letter.charCodeAt(0),
    control.charCodeAt(0),
  ]),
)

/** `\/`, `\"`, `\u002f`, `\x2f`: JSON, JavaScript and their relatives. */
export const jsonReading: Reading = escape('\\', (bytes, at) => {
  const letter = bytes[at + 1]
  if (letter === undefined) return literal(bytes, at)
  if (letter === LETTER_U) return hexadecimal(bytes, at, 2, 4)
  if (letter === LETTER_X) return hexadecimal(bytes, at, 2, 2)
  return 2 * STEP + (CONTROLS.get(letter) ?? letter)
})

/** `%2f`. */
export const percentReading: Reading = escape('%', (bytes, at) => hexadecimal(bytes, at, 1, 2))

/** `=2F` and lines broken after `=`: quoted-printable. */
export const quotedReading: Reading = escape('=', (bytes, at) => {
  if (bytes[at + 1] === NEWLINE) return 2 * STEP + NOTHING
  if (bytes[at + 1] === RETURN && bytes[at + 2] === NEWLINE) return 3 * STEP + NOTHING
  return hexadecimal(bytes, at, 1, 2)
})

/** `&#47;`, `&#x2F;`, `&sol;`: HTML and XML. */
export const entityReading: Reading = escape('&', (bytes, at) => {
  if (bytes[at + 1] !== HASH) return named(bytes, at)
  const isHex = ((bytes[at + 2] ?? 0) | LOWER) === LETTER_X
  const from = at + (isHex ? 3 : 2)
  const base = isHex ? 16 : 10
  let code = 0
  let end = from
  for (; end < from + MAX_ENTITY_DIGITS; end++) {
    const digit = digitOf(bytes[end])
    if (digit >= base) break
    code = code * base + digit
  }
  if (end === from) return literal(bytes, at)
  // Browsers do without the semicolon.
  if (bytes[end] === SEMICOLON) end++
  return (end - at) * STEP + byteOf(code)
})

/** Characters with NULs between them: UTF-16 and UTF-32 of ASCII. */
export const wideReading: Reading = {
  markers: [0],
  kinds: kindsOf({ skipped: '\0' }),
  next: literal,
}

/** Without blanks and line breaks: base64 in lines. */
export const unbrokenReading: Reading = {
  markers: [NEWLINE, RETURN],
  kinds: kindsOf({ skipped: BLANKS }),
  next: literal,
}

/** `53 2f`, `53:2f`, `0x53, 0x2f`, `\x53\x2f`: reads hex without its separators. */
export const separatedReading: Reading = {
  markers: codesOf(` ${SEPARATORS}\\`),
  kinds: kindsOf({ skipped: BLANKS + SEPARATORS, beginning: '0\\' }),
  next: (bytes, at) => (bytes[at + 1] === LETTER_X ? 2 * STEP + NOTHING : literal(bytes, at)),
}

/** `[83, 47]`: bytes as a list of numbers. */
export const numbersReading: Reading = {
  markers: codesOf(','),
  kinds: kindsOf({ skipped: `${BLANKS},`, beginning: '0123456789' }),
  next(bytes, at) {
    let value = 0
    let end = at
    for (; digitOf(bytes[end]) < 10 && value < 256; end++) value = value * 10 + digitOf(bytes[end])
    return (end - at) * STEP + byteOf(value)
  },
}

/** Makes a reading of escapes that begin with `marker`. */
function escape(marker: string, next: Reading['next']): Reading {
  return { markers: codesOf(marker), kinds: kindsOf({ beginning: marker }), next }
}

function kindsOf({ skipped = '', beginning = '' }: Record<string, string>): Uint8Array {
  const kinds = new Uint8Array(256).fill(LITERAL)
  for (const code of codesOf(skipped)) kinds[code] = SKIPPED
  for (const code of codesOf(beginning)) kinds[code] = BEGINNING
  return kinds
}

function codesOf(characters: string): number[] {
  return Array.from(characters, (character) => character.charCodeAt(0))
}

function named(bytes: Uint8Array, at: number): number {
  let name = ''
  for (let end = at + 1; end <= at + 1 + MAX_ENTITY_NAME; end++) {
    const byte = bytes[end]
    if (byte === SEMICOLON) {
      const character = NAMED.get(name)
      if (character === undefined) break
      return (end + 1 - at) * STEP + character.charCodeAt(0)
    }
    if (!isLetter(byte)) break
    name += String.fromCharCode(byte)
  }
  return literal(bytes, at)
}

/** Reads `digits` of base 16 after a prefix of `prefix` bytes at `at`; without such digits, the byte itself. */
function hexadecimal(bytes: Uint8Array, at: number, prefix: number, digits: number): number {
  const end = at + prefix + digits
  let code = 0
  for (let each = at + prefix; each < end; each++) {
    const digit = digitOf(bytes[each])
    if (digit === NO_DIGIT) return literal(bytes, at)
    code = code * 16 + digit
  }
  return (end - at) * STEP + byteOf(code)
}

function literal(bytes: Uint8Array, at: number): number {
  return STEP + (bytes[at] ?? OTHER)
}

function byteOf(code: number): number {
  return code < 0x80 ? code : OTHER
}

const NO_DIGIT = 16

/** 0 to 15, or `NO_DIGIT`. */
function digitOf(byte: number | undefined): number {
  if (byte === undefined) return NO_DIGIT
  if (byte >= DIGIT_0 && byte <= 0x39) return byte - DIGIT_0
  const letter = (byte | LOWER) - 0x61
  return letter >= 0 && letter < 6 ? letter + 10 : NO_DIGIT
}

function isLetter(byte: number | undefined): byte is number {
  const letter = ((byte ?? 0) | LOWER) - 0x61
  return letter >= 0 && letter < 26
}
