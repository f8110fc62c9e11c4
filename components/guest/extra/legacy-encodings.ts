/**
 * Encodings of `TextDecoder` that are not Unicode, beside windows-1252: the host has their tables, which would make an image
 * hundreds of kilobytes larger.
 *
 * @module
 */

import * as host from 'mayfly:agent/intl@0.2.0'
import { decodeLatin1, hostErrorCase } from '../engine.ts'
import { parts, type LegacyDecoder } from '../parts.ts'

// In bytes. The host takes texts of twice as many characters.
const PIECE = 65_536

parts.legacyDecoder = (label, fatal) => {
  const name = encodingOf(label)
  return name === undefined ? undefined : new HostDecoder(name, fatal)
}

class HostDecoder implements LegacyDecoder {
  readonly encoding: string
  readonly #fatal: boolean
  /** What the bytes before left open, as one character for each byte. */
  #rest = ''

  constructor(encoding: string, fatal: boolean) {
    this.encoding = encoding
    this.#fatal = fatal
  }

  decode(bytes: Uint8Array, stream: boolean): string {
    let text = ''
    let at = 0
    for (; bytes.length - at > PIECE; at += PIECE) {
      text += this.#decode(bytes.subarray(at, at + PIECE), true)
    }
    return text + this.#decode(bytes.subarray(at), stream)
  }

  #decode(bytes: Uint8Array, stream: boolean): string {
    const before = this.#rest
    this.#rest = ''
    const options = { fatal: this.#fatal, stream, continued: before !== '' }
    const description = JSON.stringify(['TextDecoder', [this.encoding], options])
    try {
      const answer = host.query(description, 'decode', before + decodeLatin1(bytes))
      const [text, rest] = JSON.parse(answer) as [string, string]
      this.#rest = rest
      return text
    } catch (error) {
      if (hostErrorCase(error) !== 'misused') throw error
      throw new TypeError(`Cannot decode text: not ${this.encoding}`)
    }
  }
}

function encodingOf(label: string): string | undefined {
  try {
    return JSON.parse(
      host.query(JSON.stringify(['TextDecoder', [label]]), 'encoding', ''),
    ) as string
  } catch (error) {
    if (hostErrorCase(error) === undefined) throw error
    return undefined
  }
}
