/**
 * `TextDecoder`, for the encodings that still occur: UTF-8, UTF-16 and windows-1252.
 *
 * @module
 */

import { decodeLatin1, decodeUtf8 } from '../engine.ts'
import { decodeUtf8Lossy, incompleteTail } from './utf8.ts'

export interface TextDecoderOptions {
  /**
   * Throw instead of writing U+FFFD.
   *
   * @default false
   */
  fatal?: boolean
  /**
   * Keep the byte order mark.
   *
   * @default false
   */
  ignoreBOM?: boolean
}

type Encoding = 'utf-8' | 'utf-16le' | 'utf-16be' | 'windows-1252'

const LABELS: Readonly<Record<Encoding, readonly string[]>> = {
  'utf-8': [
    'utf-8',
    'utf8',
    'unicode-1-1-utf-8',
    'unicode11utf8',
    'unicode20utf8',
    'x-unicode20utf8',
  ],
  'utf-16le': [
    'utf-16le',
    'utf-16',
    'ucs-2',
    'unicode',
    'iso-10646-ucs-2',
    'csunicode',
    'unicodefeff',
  ],
  'utf-16be': ['utf-16be', 'unicodefffe'],
  'windows-1252': [
    'windows-1252',
    'latin1',
    'iso-8859-1',
    'iso8859-1',
    'ascii',
    'us-ascii',
    'l1',
    'cp1252',
  ],
}

// 0x80 to 0x9f, the only bytes in which windows-1252 and Latin-1 differ.
const WINDOWS_1252 = '€\x81‚ƒ„…†‡ˆ‰Š‹Œ\x8dŽ\x8f\x90‘’“”•–—˜™š›œ\x9džŸ'

export class TextDecoder {
  readonly encoding: Encoding
  readonly fatal: boolean
  readonly ignoreBOM: boolean
  #rest: Uint8Array | undefined
  #started = false

  constructor(label = 'utf-8', { fatal = false, ignoreBOM = false }: TextDecoderOptions = {}) {
    this.encoding = toEncoding(label)
    this.fatal = fatal
    this.ignoreBOM = ignoreBOM
  }

  decode(
    input?: ArrayBuffer | ArrayBufferView,
    { stream = false }: { stream?: boolean } = {},
  ): string {
    let bytes = toBytes(input)
    if (this.#rest !== undefined) {
      const joined = new Uint8Array(this.#rest.length + bytes.length)
      joined.set(this.#rest)
      joined.set(bytes, this.#rest.length)
      bytes = joined
      this.#rest = undefined
    }
    if (stream) {
      const tail = this.#incomplete(bytes)
      if (tail > 0) {
        this.#rest = bytes.slice(bytes.length - tail)
        bytes = bytes.subarray(0, bytes.length - tail)
      }
    }
    let text = this.#toText(bytes)
    if (!this.#started && !this.ignoreBOM && text.charCodeAt(0) === 0xfeff) text = text.slice(1)
    this.#started = stream && (this.#started || bytes.length > 0)
    return text
  }

  #incomplete(bytes: Uint8Array): number {
    switch (this.encoding) {
      case 'utf-8':
        return incompleteTail(bytes)
      case 'utf-16le':
      case 'utf-16be': {
        const odd = bytes.length % 2
        const high = bytes[bytes.length - odd - (this.encoding === 'utf-16le' ? 1 : 2)] ?? 0
        // A high surrogate waits for its other half.
        return odd + ((high & 0xfc) === 0xd8 ? 2 : 0)
      }
      case 'windows-1252':
        return 0
    }
  }

  #toText(bytes: Uint8Array): string {
    switch (this.encoding) {
      case 'utf-8':
        if (!this.fatal) return decodeUtf8(bytes)
        return /[\x80-\xff]/.test(decodeLatin1(bytes))
          ? decodeUtf8Lossy(bytes, true)
          : decodeLatin1(bytes)
      case 'utf-16le':
      case 'utf-16be':
        return this.#utf16(bytes)
      case 'windows-1252':
        return decodeLatin1(bytes).replace(
          /[\x80-\x9f]/g,
          (character) => WINDOWS_1252[character.charCodeAt(0) - 0x80] ?? character,
        )
    }
  }

  #utf16(bytes: Uint8Array): string {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    const little = this.encoding === 'utf-16le'
    let text = ''
    for (let at = 0; at + 1 < bytes.length; at += 2) {
      text += String.fromCharCode(view.getUint16(at, little))
    }
    // An incomplete end, be it half a unit or half a pair or both, is one error.
    if (bytes.length % 2 === 1) text = `${text.replace(/[\ud800-\udbff]$/, '')}\ufffd`
    if (this.fatal && (bytes.length % 2 === 1 || !text.isWellFormed())) {
      throw new TypeError('Cannot decode text: not UTF-16')
    }
    return text.toWellFormed()
  }

  get [Symbol.toStringTag](): string {
    return 'TextDecoder'
  }
}

function toEncoding(label: string): Encoding {
  const wanted = String(label).trim().toLowerCase()
  for (const [encoding, labels] of Object.entries(LABELS)) {
    // The keys of LABELS are encodings, which `Object.entries` forgets.
    if (labels.includes(wanted)) return encoding as Encoding
  }
  throw new RangeError(`Cannot decode text: encoding "${label}" is not known`)
}

function toBytes(input: ArrayBuffer | ArrayBufferView | undefined): Uint8Array {
  if (input === undefined) return new Uint8Array(0)
  if (input instanceof Uint8Array) return input
  if (ArrayBuffer.isView(input))
    return new Uint8Array(input.buffer, input.byteOffset, input.byteLength)
  return new Uint8Array(input)
}
