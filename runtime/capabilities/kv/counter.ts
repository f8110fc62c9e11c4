/**
 * How a counter is written: a decimal number in ASCII, so that any reader of the store can read it.
 *
 * @module
 */

const MIN = -(2n ** 63n)
const MAX = 2n ** 63n - 1n
/** No counter is longer. */
export const MAX_COUNTER_BYTES = 20
const DECIMAL = /^-?[0-9]{1,19}$/

/** Returns the stored number plus `delta`; `undefined` when `stored` is not a counter or the sum exceeds 64 bits. */
export function addToCounter(stored: Uint8Array | undefined, delta: bigint): bigint | undefined {
  if (stored !== undefined && stored.length > MAX_COUNTER_BYTES) return undefined
  const text = stored === undefined ? '0' : new TextDecoder().decode(stored)
  if (!DECIMAL.test(text)) return undefined
  const sum = BigInt(text) + delta
  return sum < MIN || sum > MAX ? undefined : sum
}

/** The bytes of a counter: decimal, in ASCII. */
export function encodeCounter(sum: bigint): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(sum.toString())
}
