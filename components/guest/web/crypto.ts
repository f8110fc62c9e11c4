/**
 * `crypto`, and randomness: `crypto.getRandomValues`, `crypto.randomUUID` and `Math.random`, drawn from the host during
 * the request. While the agent is built, `Math.random` follows a fixed sequence and `crypto` refuses random values.
 *
 * @module
 */

import type { SubtleCrypto } from '../extra/crypto/subtle-crypto.ts'
import { isBuilding, randomBytes } from '../host.ts'
import { parts } from '../parts.ts'

const BATCH_BYTES = 128 // Sixteen numbers: a request usually needs one host call

// Empty while the agent is built, so the snapshot holds no numbers that a request would get.
let batch: DataView | undefined
let batchAt = 0

/** Replaces `Math.random`, because the state of the engine's generator would be part of the snapshot. */
export function random(): number {
  if (batch === undefined || batchAt >= BATCH_BYTES) {
    if (isBuilding()) return buildTimeRandom()
    const bytes = randomBytes(BATCH_BYTES)
    batch = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    batchAt = 0
  }
  const high = batch.getUint32(batchAt) >>> 5
  const low = batch.getUint32(batchAt + 4) >>> 6
  batchAt += 8
  return (high * 0x4000000 + low) / 0x20000000000000
}

let seed = 0

/** Mulberry32. Packages draw numbers while they load, such as the seed of a generator: each build has the same. */
function buildTimeRandom(): number {
  seed = (seed + 0x6d2b79f5) | 0
  let mixed = Math.imul(seed ^ (seed >>> 15), seed | 1)
  mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
  return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x100000000
}

const OURS = Symbol('ours')

export class Crypto {
  readonly #isOurs = true

  constructor(isOurs?: symbol) {
    if (isOurs !== OURS) throw new TypeError('Illegal constructor')
  }

  /** There when the agent names it. */
  get subtle(): SubtleCrypto | undefined {
    this.#check()
    return parts.subtle
  }

  getRandomValues<T extends ArrayBufferView | null>(target: T): T {
    this.#check()
    if (!ArrayBuffer.isView(target) || target instanceof DataView || isFloat(target)) {
      throw new DOMException('Cannot fill: not an array of integers', 'TypeMismatchError')
    }
    if (target.byteLength > 65_536) {
      throw new DOMException(
        `Cannot draw ${target.byteLength} random bytes: more than 65536`,
        'QuotaExceededError',
      )
    }
    if (target.byteLength > 0) {
      const view = new Uint8Array(target.buffer, target.byteOffset, target.byteLength)
      view.set(randomBytes(target.byteLength))
    }
    return target
  }

  randomUUID(): string {
    this.#check()
    const bytes = randomBytes(16)
    // Version 4, variant 1 (RFC 9562).
    bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40
    bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80
    const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
    return [
      hex.slice(0, 8),
      hex.slice(8, 12),
      hex.slice(12, 16),
      hex.slice(16, 20),
      hex.slice(20),
    ].join('-')
  }

  get [Symbol.toStringTag](): string {
    return 'Crypto'
  }

  /** Throws a `TypeError` when `this` is another object. */
  #check(): void {
    void this.#isOurs
  }
}

export const crypto: Crypto = new Crypto(OURS)

function isFloat(view: ArrayBufferView): boolean {
  return view.constructor.name.startsWith('Float')
}
