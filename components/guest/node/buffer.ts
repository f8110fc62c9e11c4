/** `node:buffer`, of unenv, with the encoding `base64url` and what unenv leaves out. @module */
import all, { Buffer } from 'unenv/node/buffer'

const { from, isEncoding, byteLength } = Buffer
const { toString, write } = Buffer.prototype

function isUrl(encoding: unknown): boolean {
  return typeof encoding === 'string' && encoding.toLowerCase() === 'base64url'
}

/** Encodings that are read alike. */
function readAs(encoding: unknown): unknown {
  return isUrl(encoding) ? 'base64' : encoding
}

Object.assign(Buffer, {
  from: (value: unknown, encoding?: unknown, length?: unknown) =>
    from(value, readAs(encoding), length),
  isEncoding: (encoding: unknown) => isUrl(encoding) || isEncoding(encoding),
  byteLength: (value: unknown, encoding?: unknown) =>
    isUrl(encoding) ? from(value, 'base64').length : byteLength(value, encoding),
})
Object.assign(Buffer.prototype, {
  toString(this: unknown, encoding?: unknown, start?: unknown, end?: unknown): string {
    const text: string = toString.call(this, readAs(encoding), start, end)
    return isUrl(encoding)
      ? text.replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '')
      : text
  },
  write(this: unknown, text: string, ...rest: unknown[]): number {
    return write.call(this, text, ...rest.map(readAs))
  },
})

export const { Blob, File } = globalThis

export function isAscii(bytes: ArrayBuffer | ArrayBufferView): boolean {
  return viewOf(bytes).every((byte) => byte < 0x80)
}

export function isUtf8(bytes: ArrayBuffer | ArrayBufferView): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(viewOf(bytes))
    return true
  } catch {
    return false
  }
}

function viewOf(bytes: ArrayBuffer | ArrayBufferView): Uint8Array {
  return ArrayBuffer.isView(bytes)
    ? new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    : new Uint8Array(bytes)
}

export * from 'unenv/node/buffer'
export default { ...all, Blob, File, isAscii, isUtf8 }
