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
// Counting with the encoder takes a tenth of a loop over the characters.
const SCRATCH_BYTES = 16_384
const scratch = new Uint8Array(SCRATCH_BYTES)

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

// Allocated once, at its length: the allocator of the adapter for WASI 0.1 cannot reallocate.
function encodeUtf8(context: AbiContext, text: string): number {
  if (text.length <= SHORT_TO_ENCODE && isAscii(text)) return encodeBytes(context, text, 1)
  const byteLength = utf8Length(text)
  const pointer = allocate(context, byteLength, 1)
  const { bytes } = context.memory
  // A text that fits was encoded there as a whole.
  if (byteLength <= SCRATCH_BYTES) bytes.set(scratch.subarray(0, byteLength), pointer)
  else utf8Encoder.encodeInto(text, bytes.subarray(pointer, pointer + byteLength))
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

function isAscii(text: string): boolean {
  for (let index = 0; index < text.length; index++) {
    if (text.charCodeAt(index) > 0x7f) return false
  }
  return true
}

/** The bytes `text` takes in UTF-8. Are they no more than `SCRATCH_BYTES`, they are in `scratch`. */
function utf8Length(text: string): number {
  const { read, written } = utf8Encoder.encodeInto(text, scratch)
  if (read === text.length) return written
  let byteLength = written
  for (let at = read; at < text.length;) {
    const next = utf8Encoder.encodeInto(text.slice(at), scratch)
    byteLength += next.written
    at += next.read
  }
  return byteLength
}
