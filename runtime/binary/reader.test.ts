import { describe, expect, it } from 'vitest'
import { ByteReader } from './reader.ts'

function read(...bytes: number[]): ByteReader {
  return new ByteReader(Uint8Array.from(bytes))
}

describe('ByteReader', () => {
  it('reads unsigned numbers up to their bound and refuses what exceeds it', () => {
    expect(read(0xe5, 0x8e, 0x26).u32()).toBe(624485)
    expect(read(0xff, 0xff, 0xff, 0xff, 0x0f).u32()).toBe(0xffffffff)
    expect(() => read(0xff, 0xff, 0xff, 0xff, 0x1f).u32()).toThrow('exceeds 32 bits at byte 0')
    expect(() => read(0x80, 0x80, 0x80, 0x80, 0x80, 0x00).u32()).toThrow('exceeds 32 bits')
    expect(read(0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01).u64()).toBe(
      2n ** 64n - 1n,
    )
    expect(() => read(...Array(9).fill(0xff), 0x02).u64()).toThrow('exceeds 64 bits')
  })

  it('reads signed numbers of 32, 33 and 64 bits', () => {
    expect(read(0x7f).s32()).toBe(-1)
    expect(read(0x80, 0x80, 0x80, 0x80, 0x78).s32()).toBe(-(2 ** 31))
    expect(() => read(0x80, 0x80, 0x80, 0x80, 0x08).s32()).toThrow('exceeds 32 bits')
    expect(read(0x80, 0x80, 0x80, 0x80, 0x08).s33()).toBe(2 ** 31)
    expect(read(0xff, 0xff, 0xff, 0xff, 0x0f).s33()).toBe(2 ** 32 - 1)
    expect(read(0x40).s64()).toBe(-64n)
    expect(read(...Array(9).fill(0x80), 0x7f).s64()).toBe(-(2n ** 63n))
    expect(() => read(...Array(9).fill(0x80), 0x01).s64()).toThrow('exceeds 64 bits')
  })

  it('reports absolute offsets from a part', () => {
    const reader = read(1, 2, 3, 4, 5)
    reader.skip(2)
    const part = reader.part(2)
    part.skip(2)
    expect(() => part.byte()).toThrow(
      expect.objectContaining({ code: 'ERR_COMPONENT_MALFORMED', facts: { offset: 4 } }),
    )
    expect(reader.byte()).toBe(5)
  })

  it('refuses a count that cannot fit before allocating for it', () => {
    expect(() => read(0xff, 0xff, 0xff, 0x7f, 1).vector('types', () => 1)).toThrow(
      '268435455 types in 1 bytes at byte 0',
    )
  })

  it('refuses names that are not UTF-8 or end too early', () => {
    expect(read(2, 0xc3, 0xa9).name()).toBe('é')
    expect(() => read(1, 0xff).name()).toThrow('not UTF-8 at byte 0')
    expect(() => read(9, 0x61).name()).toThrow('unexpected end')
  })
})
