/**
 * The price of operations in microseconds of a processor, beside their bytes. The bodies behind it are those of Node on
 * one machine, rounded up: it is their order that counts.
 *
 * @module
 */
import { bitsFor, blocksOf, is, type Algorithm } from './algorithm.ts'

const OPERATION = 30 // A job of the platform's threads, and back
const MAKING_RSA = 150_000 // 2048 bits, in the mean; luck decides
const PRIVATE_RSA = 1_000 // 2048 bits
const PUBLIC_RSA = 40 // 2048 bits
const CURVE = 150 // P-256, Ed25519 and X25519
const LARGE_CURVE = 2_500 // P-384 and P-521
const ITERATION = 0.6 // Of PBKDF2, a block of 256 bits

/** The price of making a key. */
export function costOfMaking({ name, modulusLength, namedCurve }: Algorithm): number {
  if (is(name, 'RSA')) return OPERATION + MAKING_RSA * (Number(modulusLength) / 2048) ** 4
  return OPERATION + curve(namedCurve)
}

/** The price of deriving `length` bits. */
export function costOfDeriving(
  { name, iterations }: Algorithm,
  key: CryptoKey,
  length: number,
): number {
  if (is(name, 'PBKDF2')) return OPERATION + Number(iterations) * blocksOf(length) * ITERATION
  return costOfUse(key)
}

/** The price of a use of `key`. */
export function costOfUse({ algorithm, type }: CryptoKey): number {
  if ('modulusLength' in algorithm && 'publicExponent' in algorithm) {
    const factor = Number(algorithm.modulusLength) / 2048
    const exponent = algorithm.publicExponent
    const isShort = exponent instanceof Uint8Array && exponent.length <= 4
    const isCheap = type === 'public' && isShort
    return OPERATION + (isCheap ? PUBLIC_RSA * factor ** 2 : PRIVATE_RSA * factor ** 3)
  }
  if ('namedCurve' in algorithm) return OPERATION + curve(algorithm.namedCurve)
  return OPERATION + (type === 'secret' ? 0 : CURVE)
}

/** The bits that a key derived for `algorithm` takes. */
export const derivedBits: (algorithm: Algorithm) => number = bitsFor

function curve(name: unknown): number {
  return name === 'P-384' || name === 'P-521' ? LARGE_CURVE : CURVE
}
