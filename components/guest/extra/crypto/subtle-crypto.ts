/**
 * `crypto.subtle`: turns arguments into what the host takes, and errors of the host into those of the standard. The
 * work, and the checks of it, are the host's.
 *
 * @module
 */

import { CapabilityError } from '../../capability-error.ts'
import { encodeUtf8, decodeUtf8, hostErrorCase } from '../../engine.ts'
import { cryptoHost, type CryptoHost } from '../../host-crypto.ts'
import { isBuilding, requireRequest, type Later } from '../../host.ts'
import { toBase64Url } from './base64-url.ts'
import { keyTextAtBuild } from './build-key.ts'
import { keyOf, textOf, type CryptoKey } from './crypto-key.ts'

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

/**
 * The parameters of each method, a letter each: an algorithm, bytes, a format, a key, a length that may be missing, key
 * material in the format before it, and a plan, which takes three: an algorithm, whether the key is extractable, and usages.
 */
const METHODS: Readonly<Record<keyof CryptoHost, string>> = {
  digest: 'ab',
  generateKey: 'p',
  importKey: 'fmp',
  exportKey: 'fk',
  sign: 'akb',
  verify: 'akbb',
  encrypt: 'akb',
  decrypt: 'akb',
  deriveBits: 'akl',
  deriveKey: 'akp',
  wrapKey: 'fkka',
  unwrapKey: 'fbkap',
}

const OURS = Symbol('ours')

/** Its methods are made of `METHODS`, because a dozen written out would be a tenth of the library. */
export class SubtleCrypto {
  constructor(isOurs?: symbol) {
    if (isOurs !== OURS) throw new TypeError('Illegal constructor')
  }

  get [Symbol.toStringTag](): string {
    return 'SubtleCrypto'
  }
}

/** The one object of its class. */
export const subtle: SubtleCrypto = new SubtleCrypto(OURS)

for (const [name, kinds] of Object.entries(METHODS)) {
  const methods = {
    [name](this: unknown, ...given: unknown[]): Promise<unknown> {
      // The name is one of the list.
      return run(this, name as keyof CryptoHost, kinds, given)
    },
  }
  Object.defineProperty(SubtleCrypto.prototype, name, {
    value: methods[name],
    writable: true,
    enumerable: true,
    configurable: true,
  })
}

async function run(
  self: unknown,
  name: keyof CryptoHost,
  kinds: string,
  given: unknown[],
): Promise<unknown> {
  if (self !== subtle) throw new TypeError('Illegal invocation')
  const least = kinds.replace('p', 'ppp').replace('l', '').length
  if (given.length < least) {
    throw new TypeError(`Cannot ${name}: ${given.length} arguments of ${least}`)
  }
  let at = 0
  const args = Array.from(kinds, (kind): unknown => {
    const value = given[at++]
    switch (kind) {
      case 'a':
        return JSON.stringify(normalised(value))
      case 'b':
        return toBytes(value)
      case 'f':
        return toFormat(value)
      case 'k':
        return textOf(value)
      case 'l':
        return value === undefined || value === null ? null : toNumber(kind, value)
      case 'm':
        return String(given[0]) === 'jwk' ? jwkBytes(value) : toBytes(value)
      default:
        return planText(value, given[at++], given[at++])
    }
  })
  if (name === 'importKey' && isBuilding()) return keyOf(keyTextAtBuild(...(args as KeyParts)))
  // Of a public key the host has all in the text, so only this side keeps what the script was promised.
  if (kinds.startsWith('fk') && !(given[1] as CryptoKey).extractable) throw toError(name, 'unfit')
  const made = await ask(name, (host) => (host[name] as HostFunction)(...args))
  if (typeof made === 'string') return keyOf(made)
  if (made instanceof Uint8Array) {
    return args[0] === 'jwk' && name === 'exportKey' ? JSON.parse(decodeUtf8(made)) : buffer(made)
  }
  if (!Array.isArray(made)) return made
  const [first, second] = (made as string[]).map(keyOf)
  return second === undefined ? first : { publicKey: second, privateKey: first }
}

type KeyParts = [format: string, material: Uint8Array, plan: string]
/** The host checks what it is passed. */
type HostFunction = (...args: unknown[]) => Later<unknown>

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

function planText(algorithm: unknown, extractable: unknown, usages: unknown): string {
  // What is no list throws a TypeError here.
  const list = [...(usages as Iterable<unknown>)].map(String)
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
