/**
 * Compute kernels, about a millisecond a call. The core module of the world "kernels" in `components.ts`.
 *
 * @module
 */

const K: StaticArray<u32> = [
  0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
  0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
  0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
  0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
  0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
  0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
  0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
  0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
]
const W = new StaticArray<u32>(64)
const H = new StaticArray<u32>(8)

function block(seed: u32): void {
  for (let i = 0; i < 16; i++) unchecked((W[i] = seed + i * 0x01010101))
  for (let i = 16; i < 64; i++) {
    const a = unchecked(W[i - 15])
    const b = unchecked(W[i - 2])
    const s0 = rotr(a, 7) ^ rotr(a, 18) ^ (a >> 3)
    const s1 = rotr(b, 17) ^ rotr(b, 19) ^ (b >> 10)
    unchecked((W[i] = W[i - 16] + s0 + W[i - 7] + s1))
  }
  let a = unchecked(H[0])
  let b = unchecked(H[1])
  let c = unchecked(H[2])
  let d = unchecked(H[3])
  let e = unchecked(H[4])
  let f = unchecked(H[5])
  let g = unchecked(H[6])
  let h = unchecked(H[7])
  for (let i = 0; i < 64; i++) {
    const s1 = rotr(e, 6) ^ rotr(e, 11) ^ rotr(e, 25)
    const t1 = h + s1 + ((e & f) ^ (~e & g)) + unchecked(K[i]) + unchecked(W[i])
    const s0 = rotr(a, 2) ^ rotr(a, 13) ^ rotr(a, 22)
    const t2 = s0 + ((a & b) ^ (a & c) ^ (b & c))
    h = g
    g = f
    f = e
    e = d + t1
    d = c
    c = b
    b = a
    a = t1 + t2
  }
  unchecked((H[0] += a))
  unchecked((H[1] += b))
  unchecked((H[2] += c))
  unchecked((H[3] += d))
  unchecked((H[4] += e))
  unchecked((H[5] += f))
  unchecked((H[6] += g))
  unchecked((H[7] += h))
}

/** The compression function of SHA-256, `blocks` times. */
export function sha256(blocks: u32): u32 {
  for (let i = 0; i < 8; i++) unchecked((H[i] = K[i]))
  for (let i: u32 = 0; i < blocks; i++) block(i)
  return unchecked(H[0] ^ H[7])
}

const SIZE = 64
const A = new StaticArray<f64>(SIZE * SIZE)
const B = new StaticArray<f64>(SIZE * SIZE)
const C = new StaticArray<f64>(SIZE * SIZE)

/** Multiplies two matrices of 64 × 64, `times` times. */
export function matrix(times: u32): u32 {
  for (let i = 0; i < SIZE * SIZE; i++) {
    unchecked((A[i] = <f64>i / 7))
    unchecked((B[i] = <f64>(i % 13)))
  }
  for (let time: u32 = 0; time < times; time++) {
    for (let row = 0; row < SIZE; row++) {
      for (let column = 0; column < SIZE; column++) {
        let sum: f64 = 0
        for (let k = 0; k < SIZE; k++) sum += unchecked(A[row * SIZE + k] * B[k * SIZE + column])
        unchecked((C[row * SIZE + column] = sum))
      }
    }
  }
  return <u32>(<u64>unchecked(C[SIZE + 1]))
}

const BYTES = new StaticArray<u8>(32768)

/** Rewrites 32 KiB byte by byte, `times` times. */
export function bytes(times: u32): u32 {
  let state: u8 = 1
  for (let time: u32 = 0; time < times; time++) {
    for (let i = 0; i < BYTES.length; i++) {
      state = state * 5 + 3
      unchecked((BYTES[i] = BYTES[i] ^ state))
    }
  }
  return unchecked(<u32>BYTES[0] + <u32>BYTES[32767])
}
