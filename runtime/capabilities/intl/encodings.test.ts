import { describe, expect, it } from 'vitest'
import { payloadOf } from '../../host-module/testing.ts'
import { intlFunctions } from './functions.ts'

const { query } = intlFunctions()

function decoder(label: string, options: object = {}): string {
  return JSON.stringify(['TextDecoder', [label], options])
}

/** Decodes the bytes of `given`, in pieces of `size`, as a guest does that streams. */
function inPieces(label: string, given: string, size: number): string {
  let rest = ''
  let text = ''
  for (let at = 0; at < given.length; at += size) {
    const isLast = at + size >= given.length
    const options = { stream: !isLast, continued: rest !== '' }
    const answer = query(decoder(label, options), 'decode', rest + given.slice(at, at + size))
    const [part, open] = JSON.parse(answer) as [string, string]
    text += part
    rest = open
  }
  return text
}

const IN_JAPANESE = '\u001b$B$"$$\u001b(Bab\u001b$B$"'
const SAMPLES: [label: string, bytes: string, text: string][] = [
  ['iso-8859-2', 'a\u00b1\u00e6', 'aąć'],
  ['koi8-r', '\u00c1\u00c2', 'аб'],
  ['shift_jis', 'a\u0082\u00a0\u0082\u00a2b', 'aあいb'],
  ['euc-jp', '\u008f\u00b0\u00a1\u00a4\u00a2', '丂あ'],
  ['gb18030', '\u0081\u0030\u0081\u0030\u00c4\u00e3', '\u0080你'],
  ['big5', '\u00a4\u00a4a', '中a'],
  ['euc-kr', '\u00b0\u00a1', '가'],
  ['iso-2022-jp', IN_JAPANESE, 'あいabあ'],
  ['shift_jis', 'a\u0082', 'a\ufffd'],
]

describe('query() of intl, for encodings', () => {
  it.each(SAMPLES)('decodes %s, whole and in pieces of any size', (label, bytes, text) => {
    expect(JSON.parse(query(decoder(label), 'decode', bytes))).toEqual([text, ''])
    for (const size of [1, 2, 3, 5]) expect(inPieces(label, bytes, size)).toBe(text)
  })

  it('says the name of an encoding', () => {
    expect(query(decoder('latin2'), 'encoding', '')).toBe('"iso-8859-2"')
  })

  it.each([
    ['a label of none', () => query(decoder('latin99'), 'decode', 'a'), 'malformed'],
    ['a label of none, by name', () => query(decoder('replacement'), 'encoding', ''), 'malformed'],
    ['what is no byte', () => query(decoder('big5'), 'decode', '\u0100'), 'malformed'],
    [
      'bytes it lacks',
      () => query(decoder('sjis', { fatal: true }), 'decode', '\u0082'),
      'misused',
    ],
    ['another kind', () => query('["Collator",["de"]]', 'decode', 'a'), 'misused'],
    ['too many bytes', () => query(decoder('big5'), 'decode', 'a'.repeat(131_073)), 'limited'],
  ])('refuses %s', async (_, call, payload) => {
    expect(await payloadOf(call)).toBe(payload)
  })

  it('charges for each byte, before it decodes', () => {
    const spent = (length: number): number => {
      let micros = 0
      const { query: charged } = intlFunctions((more) => (micros += more))
      charged(decoder('big5', { stream: true }), 'decode', 'a'.repeat(length))
      return micros
    }
    expect(spent(100_000) - spent(0)).toBeGreaterThan(5000)
    const { query: refused } = intlFunctions(() => {
      throw new Error('out of fuel')
    })
    expect(() => refused(decoder('big5'), 'decode', 'a')).toThrow('out of fuel')
  })
})
