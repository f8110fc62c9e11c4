import { describe, expect, it } from 'vitest'
import { inOnePiece, joinBytes } from './join-bytes.ts'

const chunks = [Uint8Array.of(1, 2), new Uint8Array(0), Uint8Array.of(3)]

describe('joinBytes()', () => {
  it('puts chunks one behind the other, in a new array', () => {
    expect(joinBytes(chunks, 3)).toEqual(Uint8Array.of(1, 2, 3))
    expect(joinBytes([], 0)).toEqual(new Uint8Array(0))
    const [only = new Uint8Array(0)] = chunks
    const joined = joinBytes([only], 2)
    expect(joined).toEqual(only)
    expect(joined).not.toBe(only)
  })
})

describe('inOnePiece()', () => {
  it('is the only chunk itself, and else a new array', () => {
    const [only = new Uint8Array(0)] = chunks
    expect(inOnePiece([only], 2)).toBe(only)
    expect(inOnePiece(chunks, 3)).toEqual(Uint8Array.of(1, 2, 3))
  })
})
