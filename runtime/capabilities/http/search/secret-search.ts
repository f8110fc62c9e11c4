/**
 * Finds secrets in a text, in every spelling that this host knows.
 *
 * @module
 */
import { NeedleSet, type Span } from './needle-set.ts'
import {
  entityReading,
  jsonReading,
  numbersReading,
  percentReading,
  quotedReading,
  read,
  separatedReading,
  textOf,
  unbrokenReading,
  wideReading,
  type Reading,
  type Text,
} from './readings.ts'
import { nestedSpellingsOf, spellingsOf } from './spellings.ts'

// `\u002f`: the longest escape of a character in a reading of a stream.
const MAX_ESCAPE_BYTES = 6

/** Readings for a piece of a stream: escapes that servers write without intent. */
const STREAM_READINGS: readonly Reading[] = [jsonReading, percentReading]
/** Readings that may be nested: JSON in JSON, a URL in HTML, a URL in a URL. */
const ESCAPES: readonly Reading[] = [jsonReading, percentReading, entityReading]
/** Readings that are used once, and once more in a string of JSON. */
const LOOSE: readonly Reading[] = [
  wideReading,
  unbrokenReading,
  separatedReading,
  numbersReading,
  quotedReading,
]

export interface Found {
  /** In no order. They may overlap. */
  readonly spans: readonly Span[]
  /** Bytes that were read, summed over all readings: the cost of the search. */
  readonly searched: number
}

export class SecretSearch {
  readonly #secrets: readonly string[]
  /** No spelling that a stream is searched for takes more, in bytes. */
  readonly longest: number
  /** Made when something is searched: it is larger than many an agent, and most never send anything. */
  #needles: NeedleSet | undefined

  constructor(secrets: readonly string[]) {
    this.#secrets = secrets
    this.longest = Math.max(1, ...secrets.map(({ length }) => length * MAX_ESCAPE_BYTES))
  }

  /** In a piece of a longer text: plain, JSON, percent, hex and base64. */
  inPiece(bytes: Uint8Array): Found {
    const text = textOf(bytes)
    return this.#find([text, ...readAll(STREAM_READINGS, text)])
  }

  /** In a text that is all there, in every spelling. */
  inValue(bytes: Uint8Array): Found {
    const text = textOf(bytes)
    const json = read(jsonReading, text) ?? []
    const once = [json, ...readAll([percentReading, entityReading], text)].flat()
    const twice = once.flatMap((each) => readAll(ESCAPES, each))
    const loose = [text, json].flat().flatMap((each) => readAll(LOOSE, each))
    return this.#find([text, ...once, ...twice, ...loose])
  }

  #find(texts: readonly Text[]): Found {
    this.#needles ??= new NeedleSet(
      this.#secrets.flatMap((secret) => [...spellingsOf(secret), ...nestedSpellingsOf(secret)]),
    )
    const spans: Span[] = []
    let searched = 0
    for (const { bytes, places } of texts) {
      searched += bytes.length
      const found = this.#needles.find(bytes)
      if (found.length === 0) continue
      const at = places?.()
      for (const { start, end } of found) {
        spans.push({ start: at?.starts[start] ?? start, end: at?.ends[end - 1] ?? end })
      }
    }
    return { spans, searched }
  }
}

function readAll(readings: readonly Reading[], text: Text): Text[] {
  return readings.flatMap((reading) => read(reading, text) ?? [])
}
