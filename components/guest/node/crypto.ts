/**
 * `node:crypto`, as far as it needs no keys of its own format: digests, MACs, derived keys and random numbers.
 *
 * @module
 */
import { hkdf } from '@noble/hashes/hkdf.js'
import { hmac } from '@noble/hashes/hmac.js'
import { md5, ripemd160, sha1 } from '@noble/hashes/legacy.js'
import { pbkdf2 as derive, pbkdf2Async } from '@noble/hashes/pbkdf2.js'
import { scrypt as deriveScrypt, scryptAsync } from '@noble/hashes/scrypt.js'
import { sha224, sha256, sha384, sha512, sha512_256 } from '@noble/hashes/sha2.js'
import { sha3_224, sha3_256, sha3_384, sha3_512 } from '@noble/hashes/sha3.js'
import { Buffer } from './buffer.ts'

type Bytes = string | ArrayBufferView | ArrayBuffer
type Done = (error: unknown, result?: unknown) => void

const HASHES = new Map(
  Object.entries({
    md5,
    ripemd160,
    sha1,
    sha224,
    sha256,
    sha384,
    sha512,
    'sha512-256': sha512_256,
    'sha3-224': sha3_224,
    'sha3-256': sha3_256,
    'sha3-384': sha3_384,
    'sha3-512': sha3_512,
  }),
)
// Of `crypto.getRandomValues`.
const MAX_BYTES = 65_536
const MAX_RANGE = 2 ** 48 - 1

function hashOf(algorithm: string): typeof sha256 {
  const name = algorithm.toLowerCase()
  const hash = HASHES.get(name) ?? HASHES.get(name.replace(/^(?:rsa-)?sha-?(?=\d)/, 'sha'))
  if (hash !== undefined) return hash as typeof sha256
  throw new Error(`Cannot digest with "${algorithm}": not one of ${getHashes().join(', ')}`)
}

function bytesOf(value: unknown, encoding?: string): Uint8Array {
  if (typeof value === 'string') return Buffer.from(value, encoding as 'utf8')
  if (ArrayBuffer.isView(value)) {
    return new Uint8Array(value.buffer, value.byteOffset, value.byteLength)
  }
  if (value instanceof ArrayBuffer) return new Uint8Array(value)
  if (value instanceof SecretKey) return value.export()
  throw Object.assign(new TypeError('Cannot take bytes: neither a string nor a view of bytes'), {
    code: 'ERR_INVALID_ARG_TYPE',
  })
}

function encoded(bytes: Uint8Array, encoding?: string): Uint8Array | string {
  const buffer = Buffer.from(bytes)
  return encoding === undefined || encoding === 'buffer'
    ? buffer
    : buffer.toString(encoding as 'hex')
}

interface Running {
  update(bytes: Uint8Array): unknown
  digest(): Uint8Array
  clone?(): Running
}

/** A digest or a MAC that is fed piece by piece. */
class Digest {
  readonly #running: Running
  #isOver = false

  constructor(running: Running) {
    this.#running = running
  }

  update(value: Bytes, encoding?: string): this {
    this.#mustRun()
    this.#running.update(bytesOf(value, encoding))
    return this
  }

  digest(encoding?: string): Uint8Array | string {
    this.#mustRun()
    this.#isOver = true
    return encoded(this.#running.digest(), encoding)
  }

  copy(): Digest {
    this.#mustRun()
    const copy = this.#running.clone?.()
    if (copy === undefined) throw new Error('Cannot copy: not a digest')
    return new Digest(copy)
  }

  #mustRun(): void {
    if (!this.#isOver) return
    throw Object.assign(new Error('Digest already called'), { code: 'ERR_CRYPTO_HASH_FINALIZED' })
  }
}

export { Digest as Hash, Digest as Hmac }

class SecretKey {
  readonly type = 'secret'
  readonly #bytes: Uint8Array

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes.slice()
  }

  get symmetricKeySize(): number {
    return this.#bytes.length
  }

  export(): Uint8Array {
    return Buffer.from(this.#bytes)
  }
}

export { SecretKey as KeyObject }

export function createSecretKey(key: Bytes, encoding?: string): SecretKey {
  return new SecretKey(bytesOf(key, encoding))
}

export function createHash(algorithm: string): Digest {
  return new Digest(hashOf(algorithm).create() as unknown as Running)
}

export function createHmac(algorithm: string, key: unknown): Digest {
  return new Digest(hmac.create(hashOf(algorithm), bytesOf(key)) as unknown as Running)
}

/** The digest of `value` in one call. */
export function hash(algorithm: string, value: Bytes, encoding = 'hex'): Uint8Array | string {
  return encoded(hashOf(algorithm)(bytesOf(value)), encoding)
}

export function getHashes(): string[] {
  return [...HASHES.keys()]
}

export function timingSafeEqual(left: Bytes, right: Bytes): boolean {
  const [a, b] = [bytesOf(left), bytesOf(right)]
  if (a.length !== b.length) {
    throw Object.assign(new RangeError('Input buffers must have the same byte length'), {
      code: 'ERR_CRYPTO_TIMING_SAFE_EQUAL_LENGTH',
    })
  }
  let difference = 0
  for (const [at, byte] of a.entries()) difference |= byte ^ (b[at] ?? 0)
  return difference === 0
}

export function randomFillSync<View extends ArrayBufferView>(view: View): View {
  const bytes = bytesOf(view)
  for (let at = 0; at < bytes.length; at += MAX_BYTES) {
    crypto.getRandomValues(bytes.subarray(at, at + MAX_BYTES) as Uint8Array<ArrayBuffer>)
  }
  return view
}

export function randomFill(view: ArrayBufferView, done: Done): void {
  later(done, () => randomFillSync(view))
}

export function randomBytes(length: number, done?: Done): unknown {
  const draw = (): Uint8Array => randomFillSync(Buffer.alloc(length))
  return done === undefined ? draw() : later(done, draw)
}

/** A number from `low`, which is 0 when it is left out, to below `high`. */
export function randomInt(...args: unknown[]): unknown {
  const done = typeof args.at(-1) === 'function' ? (args.pop() as Done) : undefined
  const [low, high] = args.length > 1 ? args.map(Number) : [0, Number(args[0])]
  const draw = (): number => numberBelow((high ?? 0) - (low ?? 0)) + (low ?? 0)
  return done === undefined ? draw() : later(done, draw)
}

function numberBelow(range: number): number {
  if (!Number.isSafeInteger(range) || range < 1 || range > MAX_RANGE) {
    throw Object.assign(new RangeError(`Cannot draw a number: a range of ${range}`), {
      code: 'ERR_OUT_OF_RANGE',
    })
  }
  // Numbers beyond the last whole range would make small results more likely.
  const end = 2 ** 48 - (2 ** 48 % range)
  for (;;) {
    const drawn = Buffer.from(randomFillSync(new Uint8Array(6))).readUIntBE(0, 6)
    if (drawn < end) return drawn % range
  }
}

export const randomUUID = (): string => crypto.randomUUID()
export const getRandomValues = <View extends ArrayBufferView<ArrayBuffer>>(view: View): View =>
  crypto.getRandomValues(view)

export function pbkdf2Sync(
  password: Bytes,
  salt: Bytes,
  iterations: number,
  length: number,
  algorithm: string,
): Uint8Array {
  const options = { c: iterations, dkLen: length }
  return Buffer.from(derive(hashOf(algorithm), bytesOf(password), bytesOf(salt), options))
}

export function pbkdf2(
  password: Bytes,
  salt: Bytes,
  iterations: number,
  length: number,
  algorithm: string,
  done: Done,
): void {
  const options = { c: iterations, dkLen: length }
  settle(done, pbkdf2Async(hashOf(algorithm), bytesOf(password), bytesOf(salt), options))
}

interface ScryptOptions {
  readonly N?: number
  readonly cost?: number
  readonly r?: number
  readonly blockSize?: number
  readonly p?: number
  readonly parallelization?: number
  readonly maxmem?: number
}

function scryptOptions(
  length: number,
  options: ScryptOptions = {},
): Parameters<typeof deriveScrypt>[2] {
  return {
    N: options.N ?? options.cost ?? 16_384,
    r: options.r ?? options.blockSize ?? 8,
    p: options.p ?? options.parallelization ?? 1,
    dkLen: length,
    ...(options.maxmem === undefined ? {} : { maxmem: options.maxmem }),
  }
}

export function scryptSync(
  password: Bytes,
  salt: Bytes,
  length: number,
  options?: ScryptOptions,
): Uint8Array {
  const made = deriveScrypt(bytesOf(password), bytesOf(salt), scryptOptions(length, options))
  return Buffer.from(made)
}

export function scrypt(
  password: Bytes,
  salt: Bytes,
  length: number,
  ...rest: [ScryptOptions, Done] | [Done]
): void {
  const [options, done] = rest.length === 1 ? [undefined, rest[0]] : rest
  settle(done, scryptAsync(bytesOf(password), bytesOf(salt), scryptOptions(length, options)))
}

export function hkdfSync(
  algorithm: string,
  key: Bytes,
  salt: Bytes,
  context: Bytes,
  length: number,
): ArrayBufferLike {
  return hkdf(hashOf(algorithm), bytesOf(key), bytesOf(salt), bytesOf(context), length).slice()
    .buffer
}

/** Has `done` called with the result of `make`, after the code that runs. */
function later(done: Done, make: () => unknown): void {
  settle(done, Promise.resolve().then(make))
}

function settle(done: Done, result: Promise<unknown>): void {
  const bytes = result.then((value) => (value instanceof Uint8Array ? Buffer.from(value) : value))
  void bytes.then(
    (value) => queueMicrotask(() => done(null, value)),
    (error: unknown) => queueMicrotask(() => done(error)),
  )
}

function unavailable(name: string): () => never {
  return () => {
    const text = `Cannot use "crypto.${name}": use crypto.subtle of the Web instead`
    throw Object.assign(new Error(text), { code: 'ERR_NOT_AVAILABLE' })
  }
}

export const createCipheriv = unavailable('createCipheriv')
export const createDecipheriv = unavailable('createDecipheriv')
export const createPrivateKey = unavailable('createPrivateKey')
export const createPublicKey = unavailable('createPublicKey')
export const createSign = unavailable('createSign')
export const createVerify = unavailable('createVerify')
export const generateKeyPair = unavailable('generateKeyPair')
export const generateKeyPairSync = unavailable('generateKeyPairSync')
export const sign = unavailable('sign')
export const verify = unavailable('verify')

export const webcrypto = globalThis.crypto
export const subtle: unknown = webcrypto.subtle
export const constants = {}

export default {
  constants,
  createCipheriv,
  createDecipheriv,
  createHash,
  createHmac,
  createPrivateKey,
  createPublicKey,
  createSecretKey,
  createSign,
  createVerify,
  generateKeyPair,
  generateKeyPairSync,
  getHashes,
  getRandomValues,
  hash,
  Hash: Digest,
  hkdfSync,
  Hmac: Digest,
  KeyObject: SecretKey,
  pbkdf2,
  pbkdf2Sync,
  randomBytes,
  randomFill,
  randomFillSync,
  randomInt,
  randomUUID,
  scrypt,
  scryptSync,
  sign,
  subtle,
  timingSafeEqual,
  verify,
  webcrypto,
}
