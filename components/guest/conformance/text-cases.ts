/** TextEncoder, TextDecoder, base64. @module */
import type { Cases } from './case.ts'

const BYTES: readonly (readonly number[])[] = [
  [],
  [0x61, 0x62, 0x63],
  [0xc3, 0xa4, 0xe2, 0x82, 0xac, 0xf0, 0x9f, 0x98, 0x80],
  [0xef, 0xbb, 0xbf, 0x61],
  [0xef, 0xbb, 0xbf, 0xef, 0xbb, 0xbf],
  [0xc3],
  [0xc3, 0x28],
  [0xe2, 0x82],
  [0xe2, 0x28, 0xa1],
  [0xf0, 0x9f, 0x98],
  [0xf0, 0x9f, 0x41],
  [0xed, 0xa0, 0x80],
  [0xc0, 0x80],
  [0xe0, 0x80, 0x80],
  [0xf4, 0x90, 0x80, 0x80],
  [0xf8, 0x88, 0x80, 0x80, 0x80],
  [0x80, 0xbf, 0xff, 0xfe],
  [0x61, 0x00, 0x62],
  [0xff, 0xfe, 0x61, 0x00],
  [0x3d, 0xd8, 0x00, 0xde],
  [0x00, 0xd8, 0x61],
]
const ENCODINGS = ['utf-8', 'utf-16le', 'utf-16be', 'windows-1252']
const SINGLE_BYTES = ['windows-1252', 'latin1', 'ascii', 'iso-8859-1', 'x-cp1252', 'sjis-none']
const TEXTS = ['', 'abc', 'äöü€', '😀', 'a\ud800b', '\udc00', '\0', 'ÿ\u0100', '\ufeffx']
const BASE64 = ['', 'YQ==', 'YWI=', 'YWJj', 'YQ', ' Y W J j ', 'YQ=', 'Y', '====', 'ä', '/+8=']

export const textCases: Cases = {
  ...Object.fromEntries(
    ENCODINGS.flatMap((encoding) =>
      [false, true].flatMap((fatal) =>
        BYTES.map((bytes) => [
          `TextDecoder ${encoding}${fatal ? ' fatal' : ''} ${bytes.join(' ')}`,
          (): unknown =>
            new TextDecoder(encoding, { fatal }).decode(Uint8Array.from(bytes)).split(''),
        ]),
      ),
    ),
  ),
  ...Object.fromEntries(
    SINGLE_BYTES.map((label) => [
      `TextDecoder ${label}`,
      (): unknown => {
        const decoder = new TextDecoder(` ${label.toUpperCase()}\n`)
        return [decoder.encoding, decoder.decode(Uint8Array.from({ length: 256 }, (_, at) => at))]
      },
    ]),
  ),
  'TextDecoder label with a space that is not of ASCII': () => new TextDecoder('utf-8\u00a0'),
  'TextDecoder.decode of what is not bytes': () => new TextDecoder().decode('a' as never),
  ...Object.fromEntries(
    ['utf-8', 'utf-16le'].flatMap((encoding) =>
      BYTES.map((bytes) => [
        `TextDecoder ${encoding} stream ${bytes.join(' ')}`,
        (): unknown => {
          const decoder = new TextDecoder(encoding)
          const parts = bytes.map((byte) => decoder.decode(Uint8Array.of(byte), { stream: true }))
          return [...parts, decoder.decode()].join('')
        },
      ]),
    ),
  ),
  ...Object.fromEntries(
    TEXTS.flatMap((text) => [
      [`TextEncoder ${JSON.stringify(text)}`, (): unknown => [...new TextEncoder().encode(text)]],
      [`btoa ${JSON.stringify(text)}`, (): unknown => btoa(text)],
    ]),
  ),
  ...Object.fromEntries(
    BASE64.map((text) => [`atob ${JSON.stringify(text)}`, (): unknown => atob(text).split('')]),
  ),
  ...Object.fromEntries(
    [0, 1, 2, 3, 4, 5, 9].map((length) => [
      `TextEncoder.encodeInto ${length}`,
      (): unknown => {
        const target = new Uint8Array(length)
        return [new TextEncoder().encodeInto('aä😀b', target), [...target]]
      },
    ]),
  ),
  'TextDecoder ignoreBOM': () =>
    new TextDecoder('utf-8', { ignoreBOM: true }).decode(Uint8Array.of(0xef, 0xbb, 0xbf)).length,
  'TextDecoder labels': () =>
    ['UTF8', ' utf-16 ', 'latin1', 'ascii'].map((label) => new TextDecoder(label).encoding),
  'TextDecoder of an unknown encoding': () => new TextDecoder('nothing'),
  'TextDecoder of a view': () => {
    const { buffer } = Uint8Array.of(97, 98, 99, 100)
    return [new TextDecoder().decode(buffer), new TextDecoder().decode(new DataView(buffer, 1, 2))]
  },
}
