import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { portableFromBase64, portableToBase64 } from './base64.ts'
import { portableFromHex, portableToHex } from './hex.ts'
import { fromBase64, fromHex, toBase64, toHex } from './index.ts'

// The methods of the platform, and their stand-ins for other platforms.
const HEX = [
  ['toHex, fromHex', { to: toHex, from: fromHex }],
  ['the portable ones', { to: portableToHex, from: portableFromHex }],
] as const
const BASE64 = [
  ['toBase64, fromBase64', { to: toBase64, from: fromBase64 }],
  ['the portable ones', { to: portableToBase64, from: portableFromBase64 }],
] as const
const BYTES = Uint8Array.of(0, 1, 0x7f, 0x80, 0xab, 0xfb, 0xff)

describe.each(HEX)('hexadecimal: %s', (_, { to, from }) => {
  it('write two lower-case digits a byte', () => {
    expect(to(BYTES)).toBe('00017f80abfbff')
    expect(to(BYTES.subarray(4))).toBe('abfbff')
    expect(to(new Uint8Array())).toBe('')
  })

  it('read either case, and nothing but pairs of digits', () => {
    expect(from('00017F80abFBff')).toEqual(BYTES)
    expect(from('')).toEqual(new Uint8Array())
    for (const wrong of ['0', '0g', '0x00', ' 00', '00\n', '+1', 'é0']) {
      expect(() => from(wrong), wrong).toThrow(SyntaxError)
    }
  })
})

describe.each(BASE64)('base64: %s', (_, { to, from }) => {
  it('write padded base64, and base64url without padding', () => {
    expect([to(BYTES), to(BYTES, 'base64url')]).toEqual(['AAF/gKv7/w==', 'AAF_gKv7_w'])
    expect([to(new Uint8Array()), to(BYTES.subarray(0, 3))]).toEqual(['', 'AAF/'])
  })

  it('read what atob does: white space, no padding', () => {
    for (const text of ['AAF/gKv7/w==', 'AAF/gKv7/w', ' AAF/\n gKv7 /w = =\t']) {
      expect(from(text), text).toEqual(BYTES)
    }
    expect(from('AAF_gKv7_w', 'base64url')).toEqual(BYTES)
    expect(from('AAF_gKv7_w==', 'base64url')).toEqual(BYTES)
  })

  it.each(['A', 'AA=', 'AA===', '=', 'AA==AA', 'A*==', 'AAF_', 'é'])('do not read %s', (text) => {
    expect(() => from(text)).toThrow(SyntaxError)
  })

  it.each(['AAF/', 'AA+A', 'A', 'A*=='])('do not read %s as base64url', (text) => {
    expect(() => from(text, 'base64url')).toThrow(SyntaxError)
  })
})

/** The bytes, or that there are none. */
function readBy(read: () => Uint8Array): Uint8Array | 'refused' {
  try {
    return read()
  } catch {
    return 'refused'
  }
}

describe('the portable ones', () => {
  it('are what the methods of the platform are', () => {
    const bytes = fc.uint8Array({ maxLength: 200 })
    const text = fc.string({ unit: fc.constantFrom(...'aZ09+/-_= \n*F'), maxLength: 12 })
    fc.assert(
      fc.property(bytes, text, fc.constantFrom('base64', 'base64url'), (given, read, alphabet) => {
        expect(portableToHex(given)).toBe(toHex(given))
        expect(portableToBase64(given, alphabet)).toBe(toBase64(given, alphabet))
        expect(readBy(() => portableFromHex(read))).toEqual(readBy(() => fromHex(read)))
        expect(readBy(() => portableFromBase64(read, alphabet))).toEqual(
          readBy(() => fromBase64(read, alphabet)),
        )
      }),
      { numRuns: 1000 },
    )
  })

  it('write base64 of more bytes than a call has arguments', () => {
    const bytes = Uint8Array.from({ length: 300_001 }, (_, index) => index * 31)
    expect(portableToBase64(bytes)).toBe(Buffer.from(bytes).toString('base64'))
    expect(portableFromBase64(portableToBase64(bytes))).toEqual(bytes)
  })
})
