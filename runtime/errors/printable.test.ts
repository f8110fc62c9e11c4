import { describe, expect, it } from 'vitest'
import { printable, printableJson, printableLines } from './printable.ts'

// Each with how it is shown. https://www.unicode.org/reports/tr9/#Directional_Formatting_Characters
const ACTING: readonly (readonly [character: string, shown: string])[] = [
  ['\0', '\\x00'],
  ['\b', '\\x08'],
  ['\r', '\\x0d'],
  ['\u001b', '\\x1b'],
  ['\u007f', '\\x7f'],
  ['\u0085', '\\x85'],
  ['\u009b', '\\x9b'],
  ['\u061c', '\\u061c'],
  ['\u200e', '\\u200e'],
  ['\u200f', '\\u200f'],
  ...between(0x2028, 0x202e),
  ...between(0x2066, 0x2069),
  ['\ufeff', '\\ufeff'],
  ['\u{e0041}', '\\u{e0041}'],
]
const PLAIN = 'GET /über/東京 200 — 👩\u200d💻'

describe('printable()', () => {
  it.each([...ACTING, ['\n', '\\n'], ['\t', '\\t']] as const)(
    'shows %j as %s',
    (character, shown) => {
      expect(printable(`a${character}b${character}`)).toBe(`a${shown}b${shown}`)
    },
  )

  it('leaves text of any script and its joiners as it is', () => {
    expect(printable(PLAIN)).toBe(PLAIN)
  })
})

describe('printableLines()', () => {
  it.each(ACTING)('shows %j as %s', (character, shown) => {
    expect(printableLines(`a${character}b`)).toBe(`a${shown}b`)
  })

  it('leaves line feeds and tabs', () => {
    expect(printableLines(`one\n\ttwo ${PLAIN}\n`)).toBe(`one\n\ttwo ${PLAIN}\n`)
  })
})

describe('printableJson()', () => {
  it.each(ACTING)('escapes %j and says the same', (character) => {
    const value = { [`key${character}`]: [`a${character}b`, '\n\t"\\', 1.5] }
    for (const indent of [undefined, 2]) {
      const json = printableJson(JSON.stringify(value, undefined, indent))
      expect(JSON.parse(json)).toEqual(value)
      expect(json).not.toContain(character)
    }
  })

  it('leaves what is plain, and its layout', () => {
    const json = JSON.stringify({ a: [PLAIN, null] }, undefined, 2)
    expect(printableJson(json)).toBe(json)
    expect(printableJson('{\n  "a": 1\n}\n')).toBe('{\n  "a": 1\n}\n')
  })
})

function between(first: number, last: number): [string, string][] {
  return Array.from({ length: last - first + 1 }, (_, index) => {
    const code = first + index
    return [String.fromCharCode(code), `\\u${code.toString(16)}`]
  })
}
