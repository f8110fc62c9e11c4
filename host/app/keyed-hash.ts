/**
 * HalfSipHash-2-4 with 64 bits: a hash of short texts that a client without the key cannot steer.
 *
 * For places in tables: without a key, a client could choose addresses that share the place of another.
 *
 * https://github.com/veorq/SipHash/blob/master/halfsiphash.c
 *
 * @module
 */

/** Two numbers of 32 bits, from a source of secrets. */
export type HashKey = readonly [number, number]

/** @returns the lower and the upper 32 bits, without a sign */
export function keyedHash([k0, k1]: HashKey, bytes: Uint8Array): [low: number, high: number] {
  const state = new Int32Array([k0, k1 ^ 0xee, 0x6c796765 ^ k0, 0x74656462 ^ k1])
  const whole = bytes.length - (bytes.length % 4)
  for (let at = 0; at < whole; at += 4) absorb(state, wordAt(bytes, at, 4))
  // The length, above the bytes that are left.
  absorb(state, wordAt(bytes, whole, bytes.length - whole) | (bytes.length << 24))
  state[2] = at(state, 2) ^ 0xee
  rounds(state, 4)
  const low = at(state, 1) ^ at(state, 3)
  state[1] = at(state, 1) ^ 0xdd
  rounds(state, 4)
  return [low >>> 0, (at(state, 1) ^ at(state, 3)) >>> 0]
}

function absorb(state: Int32Array, word: number): void {
  state[3] = at(state, 3) ^ word
  rounds(state, 2)
  state[0] = at(state, 0) ^ word
}

function rounds(state: Int32Array, count: number): void {
  let [v0 = 0, v1 = 0, v2 = 0, v3 = 0] = state
  for (let round = 0; round < count; round++) {
    v0 = (v0 + v1) | 0
    v1 = rotated(v1, 5) ^ v0
    v0 = rotated(v0, 16)
    v2 = (v2 + v3) | 0
    v3 = rotated(v3, 8) ^ v2
    v0 = (v0 + v3) | 0
    v3 = rotated(v3, 7) ^ v0
    v2 = (v2 + v1) | 0
    v1 = rotated(v1, 13) ^ v2
    v2 = rotated(v2, 16)
  }
  state.set([v0, v1, v2, v3])
}

function rotated(value: number, by: number): number {
  return (value << by) | (value >>> (32 - by))
}

/** Up to four bytes, the lowest first. */
function wordAt(bytes: Uint8Array, from: number, count: number): number {
  let word = 0
  for (let index = 0; index < count; index++) word |= (bytes[from + index] ?? 0) << (8 * index)
  return word
}

function at(state: Int32Array, index: number): number {
  return state[index] ?? 0
}
