/** `node:buffer`, of unenv, with the encoding `base64url`. @module */
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

export * from 'unenv/node/buffer'
export default all
