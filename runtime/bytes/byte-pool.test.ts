import { describe, expect, it } from 'vitest'
import { BytePool } from './byte-pool.ts'

const LENGTH = 100_000
const SECRET = 0x53

function filled(length: number, byte: number): Uint8Array {
  return new Uint8Array(length).fill(byte)
}

describe('BytePool', () => {
  it('copies bytes, of any length', () => {
    const pool = new BytePool()
    for (const length of [0, 1, 65_535, 65_536, 65_537, LENGTH, 1_048_576, 1_048_577]) {
      const bytes = filled(length, 7)
      const copy = pool.copy(bytes)
      expect(copy).toEqual(bytes)
      expect(copy.buffer).not.toBe(bytes.buffer)
      // The rest of the buffer is of no use.
      expect(copy.buffer.byteLength).toBeLessThanOrEqual(Math.max(length * 1.25, 65_536))
    }
  })

  it('uses a buffer again that was given back, for bytes of about its length', () => {
    const pool = new BytePool()
    const first = pool.copy(filled(LENGTH, 1))
    expect(pool.copy(filled(LENGTH, 2)).buffer).not.toBe(first.buffer)
    pool.giveBack(first)
    expect(pool.freeBytes).toBe(first.buffer.byteLength)
    expect(pool.copy(filled(LENGTH - 500, 3)).buffer).toBe(first.buffer)
    expect(pool.freeBytes).toBe(0)
  })

  it('shows nothing of the bytes that were there before', () => {
    const pool = new BytePool()
    for (const length of [LENGTH, LENGTH - 1, LENGTH - 1_000]) {
      const secret = pool.copy(filled(LENGTH, SECRET))
      pool.giveBack(secret)
      const next = pool.copy(filled(length, 1))
      expect(next.buffer).toBe(secret.buffer)
      expect(new Uint8Array(next.buffer)).not.toContain(SECRET)
      pool.giveBack(next)
    }
  })

  it('takes a buffer back once, and no other', () => {
    const pool = new BytePool()
    const bytes = pool.copy(filled(LENGTH, 1))
    pool.giveBack(bytes)
    pool.giveBack(bytes)
    pool.giveBack(filled(LENGTH, 1))
    pool.giveBack(new BytePool().copy(filled(LENGTH, 1)))
    expect(pool.freeBytes).toBe(bytes.buffer.byteLength)
    const [one, other] = [pool.copy(bytes), pool.copy(bytes)]
    expect(one.buffer).not.toBe(other.buffer)
  })

  it('takes no buffer back that was passed on', () => {
    const pool = new BytePool()
    const bytes = pool.copy(filled(LENGTH, 1))
    bytes.buffer.transfer()
    pool.giveBack(bytes)
    expect(pool.freeBytes).toBe(0)
    expect(pool.copy(filled(LENGTH, 2))).toEqual(filled(LENGTH, 2))
  })

  it('keeps no more than it may', () => {
    const pool = new BytePool({ maxBytes: 300_000 })
    const copies = Array.from({ length: 5 }, () => pool.copy(filled(LENGTH, 1)))
    for (const copy of copies) pool.giveBack(copy)
    expect(pool.freeBytes).toBe(2 * (copies[0]?.buffer.byteLength ?? 0))
  })
})
