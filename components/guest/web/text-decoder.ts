/**
 * `TextDecoder`, for the encodings that still occur: UTF-8, UTF-16 and windows-1252. `extra/legacy-encodings` has the others, for
 * agents that name one or take labels from elsewhere.
 *
 * @module
 */

import { decodeLatin1, decodeUtf8 } from '../engine.ts'
import { parts, type LegacyDecoder } from '../parts.ts'
import { SINGLE_BYTE_ENCODINGS } from './single-byte-encodings.ts'
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

type Unicode = 'utf-8' | 'utf-16le' | 'utf-16be'

const LABELS: Readonly<Record<Unicode, string>> = {
  'utf-8': 'utf8 unicode-1-1-utf-8 unicode11utf8 unicode20utf8 x-unicode20utf8',
  'utf-16le': 'utf-16 ucs-2 unicode iso-10646-ucs-2 csunicode unicodefeff',
  'utf-16be': 'unicodefffe',
}

export class TextDecoder {
  readonly encoding: string
  readonly fatal: boolean
  readonly ignoreBOM: boolean
  /** What the last bytes up to 0xff stand for, in an encoding of one byte a character. */
  readonly #last: string | undefined
  readonly #legacy: LegacyDecoder | undefined
  #rest: Uint8Array | undefined
  #started = false

  constructor(label = 'utf-8', options?: TextDecoderOptions | null) {
    this.fatal = Boolean(options?.fatal)
    this.ignoreBOM = Boolean(options?.ignoreBOM)
    const wanted = String(label)
      .replace(/^[\t\n\f\r ]+|[\t\n\f\r ]+$/g, '')
      .toLowerCase()
    const [encoding, last] = toEncoding(wanted)
    this.#last = last
    if (encoding === undefined) this.#legacy = parts.legacyDecoder?.(wanted, this.fatal)
    const name = encoding ?? this.#legacy?.encoding
    if (name === undefined) {
      throw new RangeError(`Cannot decode text: encoding "${label}" is not known`)
    }
    this.encoding = name
  }

  decode(input?: ArrayBuffer | ArrayBufferView, options?: { stream?: boolean } | null): string {
    const stream = Boolean(options?.stream)
    let bytes = toBytes(input)
    if (this.#legacy !== undefined) return this.#legacy.decode(bytes, stream)
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
      default:
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
      default:
        return this.#singleBytes(bytes)
    }
  }

  #singleBytes(bytes: Uint8Array): string {
    const last = this.#last ?? ''
    const first = 0x100 - last.length
    const text = decodeLatin1(bytes).replace(
      /[\x80-\xff]/g,
      (character) => last[character.charCodeAt(0) - first] ?? character,
    )
    if (this.fatal && text.includes('\ufffd'))
      throw new TypeError(`Cannot decode text: not ${this.encoding}`)
    return text
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

function toEncoding(wanted: string): [name?: string, last?: string] {
  for (const [name, labels] of Object.entries(LABELS))
    if (isOneOf(wanted, name, labels)) return [name]
  for (const [name, [labels, last]] of Object.entries(SINGLE_BYTE_ENCODINGS))
    if (isOneOf(wanted, name, labels)) return [name, last]
  return []
}

function isOneOf(wanted: string, name: string, labels: string): boolean {
  return wanted === name || (wanted !== '' && labels.split(' ').includes(wanted))
}

function toBytes(input: ArrayBuffer | ArrayBufferView | undefined): Uint8Array {
  // One that was moved away is empty.
  if (input === undefined || input?.byteLength === 0) return new Uint8Array(0)
  if (input instanceof Uint8Array) return input
  if (ArrayBuffer.isView(input))
    return new Uint8Array(input.buffer, input.byteOffset, input.byteLength)
  // Buffers, shared ones as well, have a length in bytes.
  if (typeof input !== 'object' || typeof input?.byteLength !== 'number')
    throw new TypeError('Cannot decode text: the input is not bytes')
  return new Uint8Array(input)
}
