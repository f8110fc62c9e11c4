/**
 * `crypto.subtle`: turns arguments into what the host takes, and errors of the host into those of the standard. The
 * work, and the checks of it, are the host's.
 *
 * @module
 */

import { CapabilityError } from '../capability-error.ts'
import { encodeUtf8, decodeUtf8, hostErrorCase } from '../engine.ts'
import { cryptoHost, type CryptoHost } from '../host-crypto.ts'
import { isBuilding, requireRequest, type Later } from '../host.ts'
import { toBase64Url } from './base64-url.ts'
import { keyTextAtBuild } from './build-key.ts'
import { keyOf, textOf, type CryptoKey } from './crypto-key.ts'

/** An algorithm as a script writes it. */
export type AlgorithmInput = string | object

const BYTES = [
  'iv',
  'additionalData',
  'counter',
  'label',
  'salt',
  'info',
  'context',
  'publicExponent',
]
const NUMBERS = ['length', 'tagLength', 'iterations', 'modulusLength', 'saltLength']
const USAGES = [
  ...['encrypt', 'decrypt', 'sign', 'verify', 'deriveKey', 'deriveBits', 'wrapKey', 'unwrapKey'],
]
const FORMATS = ['raw', 'pkcs8', 'spki', 'jwk']

/** The names of the errors of the standard, by cases of the host. */
const ERRORS: Readonly<Record<string, readonly [name: string, message: string]>> = {
  unsupported: ['NotSupportedError', 'the algorithm is not supported'],
  unusable: ['SyntaxError', 'the usages do not fit the algorithm'],
  unfit: ['InvalidAccessError', 'the key is not for this'],
  malformed: ['DataError', 'the key cannot be read'],
  failed: ['OperationError', 'the operation failed'],
}

export class SubtleCrypto {
  readonly #isReal = true

  constructor(isOurs?: symbol) {
    if (isOurs !== OURS) throw new TypeError('Illegal constructor')
  }

  async digest(algorithm: AlgorithmInput, data: BufferSource): Promise<ArrayBuffer> {
    this.#check('digest', arguments, 2)
    const text = algorithmText(algorithm)
    const bytes = toBytes(data)
    return buffer(await ask('digest', (host) => host.digest(text, bytes)))
  }

  async generateKey(
    algorithm: AlgorithmInput,
    extractable: boolean,
    usages: Iterable<string>,
  ): Promise<CryptoKey | { publicKey: CryptoKey; privateKey: CryptoKey }> {
    this.#check('generateKey', arguments, 3)
    const plan = planText(algorithm, extractable, usages)
    const [first = '', second] = await ask('generateKey', (host) => host.generateKey(plan))
    if (second === undefined) return keyOf(first)
    return { publicKey: keyOf(second), privateKey: keyOf(first) }
  }

  async importKey(
    format: string,
    keyData: BufferSource | object,
    algorithm: AlgorithmInput,
    extractable: boolean,
    usages: Iterable<string>,
  ): Promise<CryptoKey> {
    this.#check('importKey', arguments, 5)
    const kind = toFormat(format)
    const material = kind === 'jwk' ? jwkBytes(keyData) : toBytes(keyData)
    const plan = planText(algorithm, extractable, usages)
    if (isBuilding()) return keyOf(keyTextAtBuild(kind, material, plan))
    return keyOf(await ask('importKey', (host) => host.importKey(kind, plan, material)))
  }

  async exportKey(format: string, key: CryptoKey): Promise<ArrayBuffer | object> {
    this.#check('exportKey', arguments, 2)
    const kind = toFormat(format)
    const text = textOf(key)
    // Of a public key the host knows all, so only this side keeps what the script was promised.
    if (!key.extractable) {
      throw new DOMException('Cannot export the key: it is not extractable', 'InvalidAccessError')
    }
    const bytes = await ask('exportKey', (host) => host.exportKey(kind, text))
    return kind === 'jwk' ? (JSON.parse(decodeUtf8(bytes)) as object) : buffer(bytes)
  }

  async sign(algorithm: AlgorithmInput, key: CryptoKey, data: BufferSource): Promise<ArrayBuffer> {
    this.#check('sign', arguments, 3)
    const bytes = toBytes(data)
    const name = algorithmText(algorithm)
    const text = textOf(key)
    return buffer(await ask('sign', (host) => host.sign(name, text, bytes)))
  }

  async verify(
    algorithm: AlgorithmInput,
    key: CryptoKey,
    signature: BufferSource,
    data: BufferSource,
  ): Promise<boolean> {
    this.#check('verify', arguments, 4)
    const name = algorithmText(algorithm)
    const text = textOf(key)
    const signed = toBytes(signature)
    const bytes = toBytes(data)
    return ask('verify', (host) => host.verify(name, text, signed, bytes))
  }

  async encrypt(
    algorithm: AlgorithmInput,
    key: CryptoKey,
    data: BufferSource,
  ): Promise<ArrayBuffer> {
    this.#check('encrypt', arguments, 3)
    const bytes = toBytes(data)
    const name = algorithmText(algorithm)
    const text = textOf(key)
    return buffer(await ask('encrypt', (host) => host.encrypt(name, text, bytes)))
  }

  async decrypt(
    algorithm: AlgorithmInput,
    key: CryptoKey,
    data: BufferSource,
  ): Promise<ArrayBuffer> {
    this.#check('decrypt', arguments, 3)
    const bytes = toBytes(data)
    const name = algorithmText(algorithm)
    const text = textOf(key)
    return buffer(await ask('decrypt', (host) => host.decrypt(name, text, bytes)))
  }

  async deriveBits(
    algorithm: AlgorithmInput,
    key: CryptoKey,
    length: number | null = null,
  ): Promise<ArrayBuffer> {
    this.#check('deriveBits', arguments, 2)
    const name = algorithmText(algorithm)
    const text = textOf(key)
    const bits = length === null ? null : Number(length)
    return buffer(await ask('deriveBits', (host) => host.deriveBits(name, text, bits)))
  }

  async deriveKey(
    algorithm: AlgorithmInput,
    key: CryptoKey,
    derived: AlgorithmInput,
    extractable: boolean,
    usages: Iterable<string>,
  ): Promise<CryptoKey> {
    this.#check('deriveKey', arguments, 5)
    const name = algorithmText(algorithm)
    const text = textOf(key)
    const plan = planText(derived, extractable, usages)
    return keyOf(await ask('deriveKey', (host) => host.deriveKey(name, text, plan)))
  }

  async wrapKey(
    format: string,
    key: CryptoKey,
    wrappingKey: CryptoKey,
    algorithm: AlgorithmInput,
  ): Promise<ArrayBuffer> {
    this.#check('wrapKey', arguments, 4)
    const kind = toFormat(format)
    const name = algorithmText(algorithm)
    const texts = [textOf(key), textOf(wrappingKey)] as const
    if (!key.extractable) {
      throw new DOMException('Cannot wrap the key: it is not extractable', 'InvalidAccessError')
    }
    return buffer(await ask('wrapKey', (host) => host.wrapKey(kind, ...texts, name)))
  }

  async unwrapKey(
    format: string,
    wrappedKey: BufferSource,
    unwrappingKey: CryptoKey,
    algorithm: AlgorithmInput,
    made: AlgorithmInput,
    extractable: boolean,
    usages: Iterable<string>,
  ): Promise<CryptoKey> {
    this.#check('unwrapKey', arguments, 7)
    const kind = toFormat(format)
    const bytes = toBytes(wrappedKey)
    const name = algorithmText(algorithm)
    const text = textOf(unwrappingKey)
    const plan = planText(made, extractable, usages)
    return keyOf(await ask('unwrapKey', (host) => host.unwrapKey(kind, text, name, plan, bytes)))
  }

  get [Symbol.toStringTag](): string {
    return 'SubtleCrypto'
  }

  /** Throws a `TypeError` when `this` is another object, or arguments are missing. */
  #check(name: string, given: ArrayLike<unknown>, least: number): void {
    if (!this.#isReal || given.length >= least) return
    throw new TypeError(`Cannot call ${name}: ${least} arguments are needed, ${given.length} given`)
  }
}

const OURS = Symbol('ours')

/** The one object of its class. */
export const subtle: SubtleCrypto = new SubtleCrypto(OURS)

/** Calls the host. Rejects as the standard says, or with a `CapabilityError` where it has no error for that. */
async function ask<Result>(
  name: string,
  call: (host: CryptoHost) => Later<Result>,
): Promise<Result> {
  requireRequest(`use crypto.subtle.${name}`)
  if (cryptoHost === undefined) throw toError(name, 'unsupported')
  try {
    return await call(cryptoHost)
  } catch (error) {
    const code = hostErrorCase(error)
    throw code === undefined ? error : toError(name, code)
  }
}

function toError(name: string, code: string): Error {
  const known = ERRORS[code]
  if (known !== undefined) return new DOMException(`Cannot ${name}: ${known[1]}`, known[0])
  if (code === 'mistyped') {
    return new TypeError(`Cannot ${name}: a field of the algorithm is missing, or of another type`)
  }
  const isDenied = code === 'denied'
  return new CapabilityError('crypto', isDenied ? 'denied' : 'limited', `Cannot ${name}: ${code}`)
}

function algorithmText(algorithm: unknown): string {
  return JSON.stringify(normalised(algorithm))
}

function planText(algorithm: unknown, extractable: unknown, usages: Iterable<string>): string {
  const list = [...usages].map(String)
  const unknown = list.find((usage) => !USAGES.includes(usage))
  if (unknown !== undefined) throw new TypeError(`Cannot use a key to "${unknown}": no such usage`)
  return JSON.stringify({
    algorithm: normalised(algorithm),
    extractable: Boolean(extractable),
    usages: USAGES.filter((usage) => list.includes(usage)),
  })
}

/** The fields of an algorithm that JSON can carry. */
function normalised(algorithm: unknown): Record<string, unknown> {
  if (typeof algorithm === 'string') return { name: algorithm }
  if (typeof algorithm !== 'object' || algorithm === null || !('name' in algorithm)) {
    throw new TypeError('Cannot use the algorithm: it has no name')
  }
  // Of any type: each field is converted below.
  const given = algorithm as Record<string, unknown>
  const made: Record<string, unknown> = { name: String(given['name']) }
  for (const field of BYTES) {
    if (given[field] !== undefined) made[field] = toBase64Url(toBytes(given[field]))
  }
  for (const field of NUMBERS) {
    if (given[field] !== undefined) made[field] = toNumber(field, given[field])
  }
  const { hash, namedCurve, public: other } = given
  if (hash !== undefined) made['hash'] = normalised(hash)['name']
  if (namedCurve !== undefined) made['namedCurve'] = String(namedCurve)
  if (other !== undefined) made['public'] = textOf(other)
  return made
}

function toNumber(field: string, value: unknown): number {
  const number = Math.trunc(Number(value))
  if (number >= 0 && number <= 0xffff_ffff) return number
  throw new TypeError(`Cannot use ${String(value)} as ${field}: not a number up to 4294967295`)
}

function toFormat(format: unknown): string {
  const text = String(format)
  if (FORMATS.includes(text)) return text
  throw new TypeError(`Cannot use the format "${text}": known are ${FORMATS.join(', ')}`)
}

function jwkBytes(jwk: unknown): Uint8Array {
  if (
    typeof jwk !== 'object' ||
    jwk === null ||
    jwk instanceof ArrayBuffer ||
    ArrayBuffer.isView(jwk)
  ) {
    throw new TypeError('Cannot import the key: a JSON Web Key is an object')
  }
  return encodeUtf8(JSON.stringify(jwk))
}

function toBytes(source: unknown): Uint8Array {
  if (ArrayBuffer.isView(source)) {
    return new Uint8Array(source.buffer, source.byteOffset, source.byteLength)
  }
  if (source instanceof ArrayBuffer) return new Uint8Array(source)
  throw new TypeError('Cannot take the bytes: neither an ArrayBuffer nor a view of one')
}

function buffer(bytes: Uint8Array): ArrayBuffer {
  const { buffer: whole, byteOffset, byteLength } = bytes
  const isWhole = byteOffset === 0 && byteLength === whole.byteLength
  return (isWhole ? whole : whole.slice(byteOffset, byteOffset + byteLength)) as ArrayBuffer
}
