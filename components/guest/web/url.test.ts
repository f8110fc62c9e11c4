import fc from 'fast-check'
import { expect, it } from 'vitest'
import { URL as GuestURL } from './url.ts'

const PROPERTIES = [
  'href',
  'origin',
  'username',
  'password',
  'hostname',
  'port',
  'pathname',
  'search',
  'hash',
] as const

// Pieces that mean something to the parser: random characters would seldom get past the scheme.
const PIECES =
  'http: https: file: custom: mailto: // / \\ ? # a B . .. %2e %41 % @ : 80 443 0x 1 [::1] [ ] example.com ' +
  'é ß \t | C: C| \' " < { ^ ` ~ & = + ; 😀 \ud800 - _ localhost 127.1'
const SCHEMES = ['', 'http://', 'https://', 'file:///', 'custom://', 'file:', 'http:']
const BASES = [
  undefined,
  'http://example.com/a/b?c',
  'file:///C:/x/y',
  'custom://h/p/q',
  'mailto:x',
]

it('URL agrees with the URL of Node on texts made of telling pieces', () => {
  const piece = fc.constantFrom(...PIECES.split(' '), ' ')
  const text = fc.tuple(fc.constantFrom(...SCHEMES), fc.array(piece, { maxLength: 7 }))
  fc.assert(
    fc.property(text, fc.constantFrom(...BASES), ([scheme, pieces], base) => {
      const input = scheme + pieces.join('')
      expect(describeUrl(GuestURL, input, base)).toEqual(describeUrl(URL, input, base))
    }),
    { numRuns: 5000 },
  )
})

function describeUrl(
  Constructor: typeof URL | typeof GuestURL,
  input: string,
  base: string | undefined,
): unknown {
  try {
    const url = new Constructor(input, base)
    return PROPERTIES.map((property) => url[property])
  } catch (error) {
    return (error as Error).name
  }
}
