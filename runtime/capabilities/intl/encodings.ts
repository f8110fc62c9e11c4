/**
 * Answers of `query` about the encodings of texts that are not Unicode: the tables of their characters are data of the
 * platform, as those of languages are.
 *
 * Nothing is kept between two calls. What the end of one piece of a text leaves open is given back, and comes again before
 * the next piece.
 *
 * @module
 */
import { GuestError } from '../../host-module/index.ts'
import type { Charge, Description } from './formatter-cache.ts'

interface Asked {
  /** One character for each byte. */
  readonly value: string
  readonly charge: Charge
  describe(): Description
}

// Microseconds, measured on Node 26 and rounded up: to open a decoder, and for each byte that it reads.
const OPENED = 10
const DECODED = 0.015
// For each byte, to take it from a text and to put its character into the answer.
const PASSED = 0.03
// The longest character has four bytes, of which three may be there.
const MOST_OPEN = 3

/** The name of the encoding with the label that the description gives. @throws {RangeError} for a label of none */
export function encodingOf({ charge, describe }: Asked): string {
  charge(OPENED)
  return new TextDecoder(labelOf(describe())).encoding
}

/**
 * Decodes bytes: the text, and the bytes that are to come before the next.
 *
 * @throws {RangeError} for a label of no encoding
 * @throws {TypeError} for bytes that the encoding does not have, where they are fatal
 */
export function decode({ value, charge, describe }: Asked): [text: string, rest: string] {
  const description = describe()
  const label = labelOf(description)
  const { fatal, stream, continued } = description.options
  charge(value.length * PASSED)
  const run = (given: Uint8Array, isFatal = false, isOpen = false): [string, TextDecoder] => {
    charge(OPENED + given.length * DECODED)
    const decoder = new TextDecoder(label, { fatal: isFatal, ignoreBOM: true })
    return [decoder.decode(given, { stream: isOpen }), decoder]
  }
  const bytes = bytesOf(continued === true ? value.replace(REPEATED, '') : value)
  if (stream !== true) return [run(bytes, fatal === true)[0], '']
  const [text] = run(bytes, fatal === true, true)
  const [shown, decoder] = run(bytes, false, true)
  let open = 0
  if (decoder.decode() !== '') {
    do open++
    while (open < MOST_OPEN && run(bytes.subarray(0, bytes.length - open))[0] !== shown)
  }
  const end = value.length - open
  return [text, stateAt(decoder.encoding, value.slice(0, end)) + value.slice(end)]
}

const ESCAPE = String.fromCharCode(0x1b)
/** What switches ISO-2022-JP to another set of characters. */
const SWITCH = new RegExp(`${ESCAPE}(?:\\([BIJ]|\\$[@B])`, 'g')
/** A second one right after the first counts as an error. */
const REPEATED = new RegExp(`^${SWITCH.source}(?=${ESCAPE})`)

/** The bytes that bring a decoder to the state in which `read` left it. */
function stateAt(encoding: string, read: string): string {
  return encoding === 'iso-2022-jp' ? (read.match(SWITCH)?.at(-1) ?? '') : ''
}

function labelOf({ kind, locales: [label = ''] }: Description): string {
  if (kind !== 'TextDecoder') throw new GuestError('misused')
  return label
}

function bytesOf(value: string): Uint8Array {
  const bytes = new Uint8Array(value.length)
  for (let at = 0; at < value.length; at++) {
    const code = value.charCodeAt(at)
    if (code > 0xff) throw new GuestError('malformed')
    bytes[at] = code
  }
  return bytes
}
