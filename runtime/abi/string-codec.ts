/**
 * Strings in the three encodings of the canonical ABI.
 *
 * A guest traps if it sends a string that is not well formed. Strings of the host are made well formed, as on the
 * Web: a lone surrogate becomes U+FFFD.
 *
 * @module
 */

import type { Codec } from './codec.ts'
import type { AbiContext } from './context.ts'
import { mismatch, trap } from './trap.ts'

// In the length of a latin1+utf16 string: it is UTF-16.
const UTF16_TAG = 0x8000_0000
// A limit of the canonical ABI, for every encoding.
const MAX_STRING_BYTES = 2 ** 28 - 1
// Up to these lengths a loop beats the call into TextDecoder, 75 ns, or TextEncoder, 50 ns (Node 26).
const SHORT_TO_DECODE = 12
const SHORT_TO_ENCODE = 40
// Up to this length `String.fromCharCode` beats making the text wide for a TextDecoder, which takes a thirtieth.
const SHORT_LATIN1 = 16

const utf8Decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
const utf16Decoder = new TextDecoder('utf-16le', { fatal: true, ignoreBOM: true })
const utf8Encoder = new TextEncoder()

export const stringCodec: Codec = {
  size: 8,
  alignment: 4,
  flat: ['i32', 'i32'],
  borrows: false,
  load: (context, pointer) => {
    const { view } = context.memory
    return decode(context, view.getUint32(pointer, true), view.getUint32(pointer + 4, true))
  },
  store: (context, pointer, value) => {
    const start = encode(context, value)
    const { view } = context.memory
    view.setUint32(pointer, start, true)
    view.setUint32(pointer + 4, context.encodedLength, true)
  },
  lift: (context, flat, at) =>
    decode(context, (flat[at] as number) >>> 0, (flat[at + 1] as number) >>> 0), // Both i32
  lower: (context, value, flat, at) => {
    flat[at] = encode(context, value)
    flat[at + 1] = context.encodedLength
  },
}

function decode(context: AbiContext, pointer: number, length: number): string {
  switch (context.encoding) {
    case 'utf8':
      return decodeUtf8(context, pointer, length)
    case 'utf16':
      return decodeUtf16(context, pointer, length)
    case 'latin1+utf16':
      return length >= UTF16_TAG
        ? decodeUtf16(context, pointer, length - UTF16_TAG)
        : decodeLatin1(context, pointer, length)
  }
}

function admit(context: AbiContext, pointer: number, byteLength: number, alignment: number): void {
  if (byteLength > MAX_STRING_BYTES) trap(`Cannot lift string: ${byteLength} bytes are too many`)
  context.admit(pointer, byteLength, alignment)
}

function decodeUtf8(context: AbiContext, pointer: number, length: number): string {
  admit(context, pointer, length, 1)
  const { bytes } = context.memory
  if (length <= SHORT_TO_DECODE) {
    let text = ''
    let at = pointer
    for (const end = pointer + length; at < end; at++) {
      const byte = bytes[at] as number // Admitted
      if (byte > 0x7f) break
      text += String.fromCharCode(byte)
    }
    if (at === pointer + length) return text
  }
  return decodeWith(utf8Decoder, bytes.subarray(pointer, pointer + length))
}

function decodeUtf16(context: AbiContext, pointer: number, length: number): string {
  admit(context, pointer, length * 2, 2)
  return decodeWith(utf16Decoder, context.memory.bytes.subarray(pointer, pointer + length * 2))
}

function decodeWith(decoder: TextDecoder, bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes)
  } catch {
    return trap(`Cannot lift string: not well-formed ${decoder.encoding}`)
  }
}

// Not TextDecoder: its `latin1` is windows-1252.
function decodeLatin1(context: AbiContext, pointer: number, length: number): string {
  admit(context, pointer, length, 2)
  const bytes = context.memory.bytes.subarray(pointer, pointer + length)
  return length <= SHORT_LATIN1
    ? String.fromCharCode(...bytes)
    : utf16Decoder.decode(Uint16Array.from(bytes))
}

function encode(context: AbiContext, value: unknown): number {
  if (typeof value !== 'string') mismatch('string', value)
  switch (context.encoding) {
    case 'utf8':
      return encodeUtf8(context, value)
    case 'utf16':
      return encodeUtf16(context, value.toWellFormed(), 0)
    case 'latin1+utf16':
      return isLatin1(value)
        ? encodeBytes(context, value, 2)
        : encodeUtf16(context, value.toWellFormed(), UTF16_TAG)
  }
}

// Most text is ASCII: room for that is asked for first, and more only when it is not.
function encodeUtf8(context: AbiContext, text: string): number {
  const { length } = text
  const pointer = allocate(context, length, 1)
  context.encodedLength = length
  const { bytes } = context.memory
  const isWhole =
    length <= SHORT_TO_ENCODE
      ? writeAscii(bytes, pointer, text)
      : utf8Encoder.encodeInto(text, bytes.subarray(pointer, pointer + length)).read === length
  return isWhole ? pointer : encodeWideUtf8(context, text, pointer)
}

/** Returns whether the whole text is ASCII. If it is not, a part may have been written. */
function writeAscii(bytes: Uint8Array, pointer: number, text: string): boolean {
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index)
    if (unit > 0x7f) return false
    bytes[pointer + index] = unit
  }
  return true
}

/** Reallocates `allocated`, which has one byte for each character, and writes the whole text there. */
function encodeWideUtf8(context: AbiContext, text: string, allocated: number): number {
  const byteLength = utf8Length(text)
  if (byteLength > MAX_STRING_BYTES) mismatch('string of less than 256 MiB', text)
  const pointer = context.reallocate(allocated, text.length, byteLength, 1)
  utf8Encoder.encodeInto(text, context.memory.bytes.subarray(pointer, pointer + byteLength))
  context.encodedLength = byteLength
  return pointer
}

function encodeUtf16(context: AbiContext, text: string, tag: number): number {
  const pointer = allocate(context, text.length * 2, 2)
  const { view } = context.memory
  for (let index = 0; index < text.length; index++) {
    view.setUint16(pointer + index * 2, text.charCodeAt(index), true)
  }
  context.encodedLength = text.length + tag
  return pointer
}

/** Each character is one byte. */
function encodeBytes(context: AbiContext, text: string, alignment: number): number {
  const pointer = allocate(context, text.length, alignment)
  const { bytes } = context.memory
  for (let index = 0; index < text.length; index++) bytes[pointer + index] = text.charCodeAt(index)
  context.encodedLength = text.length
  return pointer
}

function allocate(context: AbiContext, byteLength: number, alignment: number): number {
  if (byteLength > MAX_STRING_BYTES) mismatch('string of less than 256 MiB', byteLength)
  return context.allocate(byteLength, alignment)
}

function isLatin1(text: string): boolean {
  for (let index = 0; index < text.length; index++) {
    if (text.charCodeAt(index) > 0xff) return false
  }
  return true
}

/** The bytes `text` takes in UTF-8, where a lone surrogate counts as the U+FFFD it becomes. */
function utf8Length(text: string): number {
  let byteLength = text.length
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index)
    if (unit < 0x80) continue
    byteLength++
    if (unit < 0x800) continue
    byteLength++
    // A pair is two units and four bytes; each half alone would be three.
    if (unit >= 0xd800 && unit < 0xdc00 && index + 1 < text.length) {
      const next = text.charCodeAt(index + 1)
      if (next >= 0xdc00 && next < 0xe000) index++
    }
  }
  return byteLength
}
