/**
 * `node:zlib` over pako: what Node has for gzip and deflate, at once, by a callback and as streams. Brotli and Zstandard are
 * not there. The work is the agent's, so data that unpacks without an end meets its limits.
 *
 * @module
 */
import { Deflate as Packing, Inflate as Unpacking } from 'pako'
import { Buffer } from './buffer.ts'
import { Transform } from './stream.ts'

type Bytes = Uint8Array<ArrayBuffer>
type Options = Readonly<Record<string, unknown>>
type Done = (error: unknown, result?: unknown) => void
interface Packer {
  onData: (bytes: Bytes) => void
  readonly err: number
  readonly msg: string
  push(bytes: Bytes, mode: number | boolean): boolean
}
interface TransformStream {
  push(bytes: unknown): void
  destroy(error: unknown): void
}
// Of the packages, whose types are of places with Node.
const { from } = Buffer as unknown as { from(value: unknown, ...rest: unknown[]): Bytes }
const Base = Transform as unknown as new (options: object) => TransformStream

export const constants = {
  ...{
    Z_NO_FLUSH: 0,
    Z_PARTIAL_FLUSH: 1,
    Z_SYNC_FLUSH: 2,
    Z_FULL_FLUSH: 3,
    Z_FINISH: 4,
    Z_BLOCK: 5,
  },
  ...{
    Z_OK: 0,
    Z_STREAM_END: 1,
    Z_NEED_DICT: 2,
    Z_ERRNO: -1,
    Z_STREAM_ERROR: -2,
    Z_DATA_ERROR: -3,
  },
  ...{ Z_MEM_ERROR: -4, Z_BUF_ERROR: -5, Z_VERSION_ERROR: -6 },
  ...{ Z_NO_COMPRESSION: 0, Z_BEST_SPEED: 1, Z_BEST_COMPRESSION: 9, Z_DEFAULT_COMPRESSION: -1 },
  ...{ Z_FILTERED: 1, Z_HUFFMAN_ONLY: 2, Z_RLE: 3, Z_FIXED: 4, Z_DEFAULT_STRATEGY: 0 },
  ...{ Z_MIN_WINDOWBITS: 8, Z_MAX_WINDOWBITS: 15, Z_DEFAULT_WINDOWBITS: 15 },
  ...{ Z_MIN_LEVEL: -1, Z_MAX_LEVEL: 9, Z_DEFAULT_LEVEL: -1, Z_MIN_CHUNK: 64 },
  ...{ Z_DEFAULT_CHUNK: 16_384, Z_MIN_MEMLEVEL: 1, Z_MAX_MEMLEVEL: 9, Z_DEFAULT_MEMLEVEL: 8 },
}

const { Z_SYNC_FLUSH, Z_FINISH, Z_BUF_ERROR, Z_DATA_ERROR } = constants
const CODES: Readonly<Record<number, string>> = {
  [-2]: 'Z_STREAM_ERROR',
  [Z_DATA_ERROR]: 'Z_DATA_ERROR',
  [-4]: 'Z_MEM_ERROR',
  [Z_BUF_ERROR]: 'Z_BUF_ERROR',
}
/** What pako calls the formats. 47 finds out which of both it is. */
const FORMATS = {
  gzip: (options: Options) => new Packing({ ...options, gzip: true }),
  deflate: (options: Options) => new Packing({ ...options }),
  deflateRaw: (options: Options) => new Packing({ ...options, raw: true }),
  gunzip: () => new Unpacking({ windowBits: 31 }),
  inflate: () => new Unpacking({ windowBits: 15 }),
  inflateRaw: () => new Unpacking({ raw: true, windowBits: 15 }),
  unzip: () => new Unpacking({ windowBits: 47 }),
}
type Format = keyof typeof FORMATS

function open(format: Format, options: Options = {}): Packer {
  const known = ['level', 'memLevel', 'strategy', 'windowBits', 'dictionary']
  const given = Object.entries(options).filter(
    ([name, value]) => known.includes(name) && value !== undefined,
  )
  return FORMATS[format](Object.fromEntries(given)) as unknown as Packer
}

function atOnce(format: Format): (input: unknown, options?: Options) => Bytes {
  return (input, options) => {
    const packer = open(format, options)
    const parts: Bytes[] = []
    packer.onData = (bytes) => void parts.push(bytes)
    push(packer, toBytes(input), Z_FINISH)
    const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0))
    let at = 0
    for (const part of parts) {
      whole.set(part, at)
      at += part.length
    }
    return from(whole.buffer)
  }
}

function byCallback(format: Format): (input: unknown, ...rest: [Done] | [Options, Done]) => void {
  const run = atOnce(format)
  return (input, ...rest) => {
    const [options, done] = rest.length === 1 ? [undefined, rest[0]] : rest
    queueMicrotask(() => {
      let result: Bytes
      try {
        result = run(input, options)
      } catch (error) {
        return done(error)
      }
      done(null, result)
    })
  }
}

class Zlib extends Base {
  constructor(format: Format, options: Options = {}) {
    const packer = open(format, options)
    super({
      ...options,
      transform(this: TransformStream, chunk: unknown, encoding: string, done: Done) {
        step(() => push(packer, toBytes(chunk, encoding), Z_SYNC_FLUSH), done)
      },
      flush(this: TransformStream, done: Done) {
        step(() => push(packer, new Uint8Array(0), Z_FINISH), done)
      },
    })
    packer.onData = (bytes) => this.push(from(bytes.slice().buffer))
  }
}

/** The class of a format, which packages call without `new` as well, and inherit from. */
function classOf(format: Format): unknown {
  function Format(options?: Options): object {
    return new Zlib(format, options)
  }
  Format.prototype = Zlib.prototype
  return Format
}

function step(work: () => void, done: Done): void {
  try {
    work()
  } catch (error) {
    return done(error)
  }
  done(null)
}

function push(packer: Packer, bytes: Bytes, mode: number): void {
  packer.push(bytes, mode)
  const isCut =
    packer instanceof Unpacking && mode === Z_FINISH && !(packer as { ended?: boolean }).ended
  const errno = packer.err !== 0 ? packer.err : isCut ? Z_BUF_ERROR : 0
  if (errno === 0) return
  const message =
    packer.msg || (errno === Z_BUF_ERROR ? 'unexpected end of file' : 'cannot be read')
  throw Object.assign(new Error(message), { errno, code: CODES[errno] ?? 'Z_ERRNO' })
}

function toBytes(input: unknown, encoding?: string): Bytes {
  if (typeof input === 'string') return from(input, encoding === 'buffer' ? 'utf8' : encoding)
  if (input instanceof ArrayBuffer) return new Uint8Array(input)
  if (ArrayBuffer.isView(input)) {
    return new Uint8Array(input.buffer as ArrayBuffer, input.byteOffset, input.byteLength)
  }
  throw Object.assign(new TypeError('Cannot use the data: neither a text nor bytes'), {
    code: 'ERR_INVALID_ARG_TYPE',
  })
}

const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1
  return value
})

export function crc32(data: unknown, value = 0): number {
  let sum = ~value
  for (const byte of toBytes(data)) sum = (TABLE[(sum ^ byte) & 0xff] ?? 0) ^ (sum >>> 8)
  return ~sum >>> 0
}

export const deflate: unknown = byCallback('deflate')
export const deflateRaw: unknown = byCallback('deflateRaw')
export const gunzip: unknown = byCallback('gunzip')
export const gzip: unknown = byCallback('gzip')
export const inflate: unknown = byCallback('inflate')
export const inflateRaw: unknown = byCallback('inflateRaw')
export const unzip: unknown = byCallback('unzip')
export const deflateRawSync: unknown = atOnce('deflateRaw')
export const deflateSync: unknown = atOnce('deflate')
export const gunzipSync: unknown = atOnce('gunzip')
export const gzipSync: unknown = atOnce('gzip')
export const inflateRawSync: unknown = atOnce('inflateRaw')
export const inflateSync: unknown = atOnce('inflate')
export const unzipSync: unknown = atOnce('unzip')
export const Deflate: unknown = classOf('deflate')
export const DeflateRaw: unknown = classOf('deflateRaw')
export const Gunzip: unknown = classOf('gunzip')
export const Gzip: unknown = classOf('gzip')
export const Inflate: unknown = classOf('inflate')
export const InflateRaw: unknown = classOf('inflateRaw')
export const Unzip: unknown = classOf('unzip')
export const createDeflate = (options?: Options): object => new Zlib('deflate', options)
export const createDeflateRaw = (options?: Options): object => new Zlib('deflateRaw', options)
export const createGunzip = (options?: Options): object => new Zlib('gunzip', options)
export const createGzip = (options?: Options): object => new Zlib('gzip', options)
export const createInflate = (options?: Options): object => new Zlib('inflate', options)
export const createInflateRaw = (options?: Options): object => new Zlib('inflateRaw', options)
export const createUnzip = (options?: Options): object => new Zlib('unzip', options)

export default {
  constants,
  crc32,
  ...{ deflate, deflateRaw, gunzip, gzip, inflate, inflateRaw, unzip },
  ...{ deflateRawSync, deflateSync, gunzipSync, gzipSync, inflateRawSync, inflateSync, unzipSync },
  ...{ createDeflate, createDeflateRaw, createGunzip, createGzip },
  ...{ createInflate, createInflateRaw, createUnzip },
  ...{ Deflate, DeflateRaw, Gunzip, Gzip, Inflate, InflateRaw, Unzip },
  ...constants,
}
