import { describe, expect, it } from 'vitest'
import { checkPack, packAssets, readIndex } from './asset-pack.ts'
import { isAssetPath } from './asset-path.ts'

const text = (content: string): Uint8Array => new TextEncoder().encode(content)
const FILES = [
  { path: 'b.txt', content: text('second'), modified: 2 },
  { path: 'a/index.html', content: text('first'), modified: 1 },
  { path: 'empty', content: text(''), modified: 0 },
]

/** A pack whose index says `lines`. */
function forged(lines: unknown, content = 'first'): Uint8Array<ArrayBuffer> {
  const index = text(typeof lines === 'string' ? lines : JSON.stringify(lines))
  const bytes = new Uint8Array(12 + index.length + content.length)
  bytes.set(text('MAYFLYA1'))
  new DataView(bytes.buffer).setUint32(8, index.length, true)
  bytes.set(index, 12)
  bytes.set(text(content), 12 + index.length)
  return bytes
}

const [{ sha256: HASH = '' } = {}] = readIndex(...indexOf())
function indexOf(): [Uint8Array, number] {
  const { bytes } = packAssets(FILES.slice(1, 2))
  return [bytes, bytes.length]
}

describe('packAssets()', () => {
  it('has every file at its place', () => {
    const { bytes, digest } = packAssets(FILES)
    const files = readIndex(bytes, bytes.length)
    expect(
      files.map(({ path, start, bytes: length, modified }) => [
        path,
        new TextDecoder().decode(bytes.subarray(start, start + length)),
        modified,
      ]),
    ).toEqual([
      ['a/index.html', 'first', 1],
      ['b.txt', 'second', 2],
      ['empty', '', 0],
    ])
    expect(checkPack(bytes).digest).toBe(digest)
  })

  it('has a digest of paths and contents, and of nothing else', () => {
    const digest = (files: typeof FILES): string => packAssets(files).digest
    const all = digest(FILES)
    expect(digest(FILES.toReversed().map((file) => ({ ...file, modified: 9 })))).toBe(all)
    expect(digest(FILES.slice(1))).not.toBe(all)
    expect(digest(FILES.map((file) => ({ ...file, path: `${file.path}2` })))).not.toBe(all)
    expect(digest(FILES.map((file) => ({ ...file, content: text('x') })))).not.toBe(all)
  })
})

describe('checkPack()', () => {
  it.each([
    ['another content', forged([['a', 5, HASH, 0]], 'other'), 'another content than it says'],
    ['a path that leads up', forged([['../a', 5, HASH, 0]]), 'no path of a file'],
    ['a hidden file', forged([['.env', 5, HASH, 0]]), 'no path of a file'],
    [
      'a path twice',
      forged([
        ['a', 5, HASH, 0],
        ['a', 0, HASH, 0],
      ]),
      'no path of a file',
    ],
    ['more bytes than there are', forged([['a', 6, HASH, 0]]), 'its length'],
    ['bytes of no file', forged([['a', 4, HASH, 0]]), 'its length'],
    ['a negative size', forged([['a', -5, HASH, 0]]), 'its index is none'],
    ['a size that is no number', forged([['a', '5', HASH, 0]]), 'its index is none'],
    ['no hash', forged([['a', 5, 'x', 0]]), 'its index is none'],
    ['an index that is no JSON', forged('['), 'its index is none'],
    ['an index of another kind', forged({ a: 5 }), 'its index is none'],
    ['no pack', text('MAYFLYA2'.padEnd(40)) as Uint8Array<ArrayBuffer>, 'it is none'],
    ['nothing', new Uint8Array(0), 'it is none'],
    ['an index that ends elsewhere', forged([]).subarray(0, 13), 'not all of it is there'],
  ] as const)('refuses %s', (_, bytes, reason) => {
    expect(() => checkPack(bytes)).toThrow(reason)
  })

  it('refuses too many files', () => {
    const lines = Array.from({ length: 10_001 }, (_, at) => [`f${at}`, 0, HASH, 0])
    expect(() => checkPack(forged(lines, ''))).toThrow('10001 files, 10000 allowed')
  })
})

it.each([
  ['index.html', true],
  ['a/b/c.d', true],
  ['.well-known/security.txt', true],
  ['a b.txt', true],
  ['ä.txt', true],
  ['.env', false],
  ['a/.git/config', false],
  ['a/.well-known/x', false],
  ['.well-known', false],
  ['.well-known/.x', false],
  ['..', false],
  ['a/../b', false],
  ['./a', false],
  ['/a', false],
  ['a//b', false],
  ['a/', false],
  ['a\\b', false],
  ['a\0b', false],
  ['a\nb', false],
  ['\ud800', false],
  ['', false],
  ['a'.repeat(600), false],
])('isAssetPath(%j) is %s', (path, expected) => {
  expect(isAssetPath(path)).toBe(expected)
})
