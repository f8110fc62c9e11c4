import { describe, expect, it } from 'vitest'
import { digestOf, hexOf, isDigest, webSha256 } from './index.ts'

// FIPS 180-2, appendix B.1.
const ABC = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'

describe('digestOf()', () => {
  it('is the SHA-256 of bytes, and of texts in UTF-8', async () => {
    expect(await digestOf(Uint8Array.of(0x61, 0x62, 0x63))).toBe(`sha256:${ABC}`)
    expect(await digestOf('abc')).toBe(`sha256:${ABC}`)
    expect(await webSha256('é')).toBe(await webSha256(Uint8Array.of(0xc3, 0xa9)))
    expect(hexOf(await digestOf('abc'))).toBe(ABC)
  })
})

describe('isDigest()', () => {
  it('tells a whole digest from everything else', () => {
    expect(isDigest(`sha256:${ABC}`)).toBe(true)
    const others = [ABC, `sha1:${ABC}`, `sha256:${ABC}0`, `sha256:${ABC.toUpperCase()}`, '']
    expect(others.filter(isDigest)).toEqual([])
    expect(isDigest(`sha256:${ABC}\n`)).toBe(false)
  })
})
