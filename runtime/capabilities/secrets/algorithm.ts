/**
 * Algorithms as guests write them: JSON with the fields of the standard, bytes as base64url.
 *
 * Only fields of the list pass, so that the platform meets nothing else. The platform checks what they say; bounds that it does
 * not have are here, because it cannot be stopped once it has begun.
 *
 * @module
 */
import { fromBase64 } from '../../encoding/index.ts'
import { GuestError } from '../../host-module/guest-error.ts'

/** An algorithm in the terms of the platform. `public` is still the text of a key. */
export type Algorithm = Record<string, unknown> & { readonly name: string }

/** What becomes of a key that is made. */
export interface KeyPlan {
  readonly algorithm: Algorithm
  readonly extractable: boolean
  readonly usages: readonly KeyUsage[]
}

const MAX_TEXT = 65_536 // A key of 16,384 bits with all its numbers takes a quarter of it
// A million of SHA-256 takes half a second. OWASP asks for 600,000 of SHA-256 in 2023.
const MAX_ITERATIONS = 2_000_000
const MAX_MADE_RSA_BITS = 4096 // Takes a second and more
const MAX_RSA_BITS = 8192
const MAX_SECRET_BITS = 65_536

const BYTES = new Set([
  'iv',
  'additionalData',
  'counter',
  'label',
  'salt',
  'info',
  'context',
  'publicExponent',
])
const OTHERS = new Set([
  'name',
  'hash',
  'length',
  'tagLength',
  'iterations',
  'modulusLength',
  'namedCurve',
  'saltLength',
  'public',
])

/** @throws {GuestError} `mistyped`, `limited` */
export function readAlgorithm(text: string): Algorithm {
  return toAlgorithm(readObject(text))
}

/** @throws {GuestError} `mistyped`, `limited` */
export function readPlan(text: string): KeyPlan {
  const { algorithm, extractable, usages } = readObject(text)
  if (!Array.isArray(usages) || usages.length > 64) throw new GuestError('mistyped')
  return {
    algorithm: toAlgorithm(algorithm),
    extractable: extractable === true,
    // The platform refuses any other text with a TypeError.
    usages: usages.map(String) as KeyUsage[],
  }
}

/**
 * Reads an object in JSON.
 *
 * @throws {GuestError} `mistyped`, `limited`
 */
export function readObject(text: string): Readonly<Record<string, unknown>> {
  if (text.length > MAX_TEXT) throw new GuestError('limited')
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw new GuestError('mistyped')
  }
  return toObject(value)
}

/** Refuses what would take the platform too long to make. */
export function boundMaking({ name, modulusLength, publicExponent, length }: Algorithm): void {
  if (is(name, 'RSA')) {
    if (Number(modulusLength) > MAX_MADE_RSA_BITS) throw new GuestError('limited')
    const exponent = publicExponent instanceof Uint8Array ? numberOf(publicExponent) : undefined
    // Others may keep the search for primes from ending.
    if (exponent !== undefined && exponent !== 3 && exponent !== 65_537)
      throw new GuestError('failed')
  }
  if (is(name, 'HMAC') && Number(length) > MAX_SECRET_BITS) throw new GuestError('limited')
}

/** Refuses what would take the platform too long to derive. */
export function boundDeriving({ name, iterations }: Algorithm, length: number): void {
  if (length > MAX_SECRET_BITS) throw new GuestError('limited')
  if (!is(name, 'PBKDF2')) return
  if (Number(iterations) * blocksOf(length) > MAX_ITERATIONS) throw new GuestError('limited')
}

/** Refuses keys that the platform would work with for too long. */
export function boundKey({ algorithm }: CryptoKey): void {
  if ('modulusLength' in algorithm && Number(algorithm.modulusLength) > MAX_RSA_BITS) {
    throw new GuestError('limited')
  }
}

/** Times that PBKDF2 runs through its iterations for `length` bits: at least as often as it does with SHA-256. */
export function blocksOf(length: number): number {
  return Math.max(1, Math.ceil(length / 256))
}

/** Whether the algorithm `name` begins with `family`, in any case of letters. */
export function is(name: string, family: string): boolean {
  return name.slice(0, family.length).toUpperCase() === family
}

/** The bits of a key for `algorithm` when it is derived. */
export function bitsFor({ name, length, hash }: Algorithm): number {
  if (length !== undefined) return Number(length)
  const text = typeof hash === 'string' ? hash : ''
  return is(name, 'HMAC') ? (/384|512/.test(text) ? 1024 : 512) : 256
}

function toAlgorithm(value: unknown): Algorithm {
  const fields = Object.entries(toObject(value)).flatMap(([field, each]): [string, unknown][] => {
    if (BYTES.has(field)) return [[field, toBytes(each)]]
    if (field === 'hash') return [[field, typeof each === 'string' ? each : toObject(each)['name']]]
    return OTHERS.has(field) && (typeof each === 'string' || typeof each === 'number')
      ? [[field, each]]
      : []
  })
  const { name, ...rest } = Object.fromEntries(fields)
  if (typeof name !== 'string') throw new GuestError('mistyped')
  return { ...rest, name }
}

function toObject(value: unknown): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null) throw new GuestError('mistyped')
  // An object, as just checked.
  return value as Readonly<Record<string, unknown>>
}

function toBytes(value: unknown): Uint8Array<ArrayBuffer> {
  if (typeof value !== 'string') throw new GuestError('mistyped')
  try {
    return fromBase64(value, 'base64url')
  } catch {
    throw new GuestError('mistyped')
  }
}

function numberOf(bytes: Uint8Array): number {
  return bytes.reduce((sum, byte) => sum * 256 + byte, 0)
}
