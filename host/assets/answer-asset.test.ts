/** Conditions, ranges and encodings, by the words of RFC 9110. @module */
import { describe, expect, it } from 'vitest'
import { answerAsset } from './answer-asset.ts'
import { packAssets, readIndex } from './asset-pack.ts'
import { AssetTable } from './asset-table.ts'

const DATE = 'Mon, 02 Jan 2023 00:00:00 GMT'
const BEFORE = 'Sun, 01 Jan 2023 00:00:00 GMT'
const AFTER = 'Tue, 03 Jan 2023 00:00:00 GMT'
const modified = Date.parse(DATE) / 1000
const { bytes } = packAssets([
  { path: 'a.txt', content: new TextEncoder().encode('0123456789'), modified },
  { path: 'a.txt.br', content: new TextEncoder().encode('packed'), modified },
  { path: 'b.svg', content: new Uint8Array(0), modified },
])
const table = new AssetTable(readIndex(bytes, bytes.length), { immutable: ['/b.svg'] })

function ask(path: string, headers: Record<string, string> = {}, method = 'GET') {
  const request = { method, path, header: (name: string) => headers[name] ?? null }
  const found = table.find(request)
  if (found?.state !== 'file') throw new Error('no file')
  const { status, fields, content } = answerAsset(found, request)
  const of = new Headers()
  for (let at = 0; at < fields.length; at += 2) of.append(fields[at] ?? '', fields[at + 1] ?? '')
  const body =
    content &&
    new TextDecoder().decode(bytes.subarray(content.start, content.start + content.bytes))
  return { status, body, of: (name: string) => of.get(name) }
}

const TAG = ask('/a.txt').of('etag') ?? ''
const PACKED_TAG = ask('/a.txt', { 'accept-encoding': 'br' }).of('etag') ?? ''

describe('answerAsset()', () => {
  it('says what a file is', () => {
    const { status, body, of } = ask('/a.txt')
    expect([status, body]).toEqual([200, '0123456789'])
    expect(TAG).toMatch(/^"[0-9a-f]{32}"$/)
    expect(of('last-modified')).toBe(DATE)
    expect(of('content-type')).toBe('text/plain; charset=utf-8')
    expect(of('content-length')).toBe('10')
    expect(of('cache-control')).toBe('public, max-age=0, must-revalidate')
    expect(of('vary')).toBe('accept-encoding')
    const svg = ask('/b.svg')
    expect([svg.of('content-type'), svg.of('cache-control'), svg.of('vary')]).toEqual([
      'image/svg+xml',
      'public, max-age=31536000, immutable',
      null,
    ])
  })

  it('has the packed file for a client that takes it, with a tag of its own', () => {
    const { body, of } = ask('/a.txt', { 'accept-encoding': 'gzip, br' })
    expect([body, of('content-encoding'), of('content-type')]).toEqual([
      'packed',
      'br',
      'text/plain; charset=utf-8',
    ])
    expect(PACKED_TAG).not.toBe(TAG)
    expect(ask('/a.txt', { 'accept-encoding': 'gzip, br;q=0' }).body).toBe('0123456789')
  })

  it.each([
    [{ 'if-none-match': TAG }, 304],
    [{ 'if-none-match': `W/${TAG}` }, 304],
    [{ 'if-none-match': `"x", ${TAG}` }, 304],
    [{ 'if-none-match': '*' }, 304],
    [{ 'if-none-match': '"x"' }, 200],
    [{ 'if-none-match': PACKED_TAG }, 200],
    [{ 'if-none-match': PACKED_TAG, 'accept-encoding': 'br' }, 304],
    [{ 'if-none-match': TAG.slice(1, -1) }, 200],
    // The tag decides where there is one.
    [{ 'if-none-match': '"x"', 'if-modified-since': AFTER }, 200],
    [{ 'if-modified-since': DATE }, 304],
    [{ 'if-modified-since': AFTER }, 304],
    [{ 'if-modified-since': BEFORE }, 200],
    [{ 'if-modified-since': 'yesterday, or so' }, 200],
    [{ 'if-match': TAG }, 200],
    [{ 'if-match': '*' }, 200],
    [{ 'if-match': '"x"' }, 412],
    [{ 'if-match': `W/${TAG}` }, 412],
    [{ 'if-unmodified-since': BEFORE }, 412],
    [{ 'if-unmodified-since': DATE }, 200],
    [{ 'if-match': TAG, 'if-unmodified-since': BEFORE }, 200],
    [{ 'if-match': '"x"', 'if-none-match': TAG }, 412],
  ] as const)('of %j is %s', (headers, status) => {
    const answer = ask('/a.txt', headers)
    expect(answer.status).toBe(status)
    if (status === 304) expect([answer.body, answer.of('etag') !== null]).toEqual([undefined, true])
    if (status === 412) expect(answer.body).toBeUndefined()
  })

  it.each([
    ['bytes=0-0', 206, '0', 'bytes 0-0/10'],
    ['bytes=2-4', 206, '234', 'bytes 2-4/10'],
    ['bytes=7-', 206, '789', 'bytes 7-9/10'],
    ['bytes=7-99', 206, '789', 'bytes 7-9/10'],
    ['bytes=-3', 206, '789', 'bytes 7-9/10'],
    ['bytes=-99', 206, '0123456789', 'bytes 0-9/10'],
    ['bytes=10-', 416, undefined, 'bytes */10'],
    ['bytes=-0', 416, undefined, 'bytes */10'],
    // The whole answers what is no single part.
    ['bytes=4-2', 200, '0123456789', null],
    ['bytes=0-1,3-4', 200, '0123456789', null],
    ['bytes=', 200, '0123456789', null],
    ['bytes=a-b', 200, '0123456789', null],
    ['bytes=-', 200, '0123456789', null],
    ['lines=0-1', 200, '0123456789', null],
    ['bytes=99999999999999999999-', 200, '0123456789', null],
  ] as const)('of the range %s is %s', (range, status, body, told) => {
    const answer = ask('/a.txt', { range })
    expect([answer.status, answer.body, answer.of('content-range')]).toEqual([status, body, told])
    if (status === 206) expect(answer.of('content-length')).toBe(String(body.length))
  })

  it.each([
    [TAG, 206],
    [`W/${TAG}`, 200],
    ['"x"', 200],
    [DATE, 206],
    [AFTER, 200],
    [PACKED_TAG, 200],
  ])('has a part only of what the client has: %s', (condition, status) => {
    expect(ask('/a.txt', { range: 'bytes=0-1', 'if-range': condition }).status).toBe(status)
  })

  it('has parts of the plain content, and none for HEAD or of nothing', () => {
    const part = ask('/a.txt', { range: 'bytes=0-1', 'accept-encoding': 'br' })
    expect([part.body, part.of('content-encoding')]).toEqual(['01', null])
    expect(ask('/a.txt', { range: 'bytes=0-1' }, 'HEAD').status).toBe(200)
    expect(ask('/b.svg', { range: 'bytes=0-' }).status).toBe(416)
    expect(ask('/b.svg').body).toBe('')
  })
})
