import { describe, expect, it } from 'vitest'
import { digestOf as webDigestOf } from '../../runtime/digest/index.ts'
import { digestOf, sha256 } from './index.ts'

describe('digestOf()', () => {
  it('is what the portable one is', async () => {
    for (const content of ['', 'é', Uint8Array.of(0, 255)]) {
      expect(digestOf(content)).toBe(await webDigestOf(content))
    }
  })

  it('tells lists apart that run together alike', () => {
    const lists = [['ab', 'c'], ['a', 'bc'], ['abc'], ['abc', ''], ['', 'abc']]
    expect(new Set(lists.map((parts) => digestOf(...parts))).size).toBe(lists.length)
  })
})

describe('sha256()', () => {
  it('takes parts as if they were one', () => {
    expect(sha256('a', Uint8Array.of(0x62), 'c')).toBe(sha256('abc'))
    expect(sha256()).toBe(sha256(''))
  })
})
