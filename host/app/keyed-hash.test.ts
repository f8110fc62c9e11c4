import { describe, expect, it } from 'vitest'
import { keyedHash } from './keyed-hash.ts'

// https://github.com/veorq/SipHash/blob/master/vectors.h, vectors_hsip64: the key is 0 to 7, the texts are 0, 1, 2 and so on.
const KEY = [0x03020100, 0x07060504] as const
const VECTORS = [
  '218d1f59b9b83cc8',
  'be552412f8387315',
  '064f39ef7c50eb57',
  'ce0f1a45f7060679',
  'd5e78a175be52ea1',
  'cb9d7c3f2f3db580',
]

describe('keyedHash()', () => {
  it.each(VECTORS.entries().toArray())('is that of its author for %i bytes', (length, vector) => {
    const [low, high] = keyedHash(
      KEY,
      Uint8Array.from({ length }, (_, index) => index),
    )
    const bytes = Buffer.alloc(8)
    bytes.writeUInt32LE(low, 0)
    bytes.writeUInt32LE(high, 4)
    expect(bytes.toString('hex')).toBe(vector)
  })

  it('is another one with another key', () => {
    expect(keyedHash([1, 2], Uint8Array.of(1))).not.toEqual(keyedHash([1, 3], Uint8Array.of(1)))
  })
})
