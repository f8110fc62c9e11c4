import { describe, expect, it } from 'vitest'
import { ResponseReader } from './response-reader.ts'

const HEAD = 'HTTP/1.1 200 OK\r\n'

/** Reads `text` in pieces of `size` bytes. Returns what was read of each response, and whether the last one is whole. */
function read(text: string, size: number, isBodyless = false): (number | boolean)[] {
  const reader = new ResponseReader(isBodyless)
  const bytes = Buffer.from(text, 'latin1')
  let isWhole = false
  for (let at = 0; at < bytes.length; at += size) {
    if (isWhole) throw new Error('It was whole before')
    isWhole = reader.read(bytes.subarray(at, at + size))
  }
  return [reader.status, isWhole || reader.close(), reader.keepsOpen]
}

describe('ResponseReader', () => {
  it.each<[string, string, (number | boolean)[]]>([
    ['a length', `${HEAD}content-length: 5\r\n\r\nhello`, [200, true, true]],
    ['a length in other case', `${HEAD}Content-LENGTH:5 \r\n\r\nhello`, [200, true, true]],
    ['no bytes', `${HEAD}content-length: 0\r\n\r\n`, [200, true, true]],
    ['a status without words', 'HTTP/1.1 204\r\n\r\n', [204, true, true]],
    ['304 with a length', 'HTTP/1.1 304 X\r\ncontent-length: 5\r\n\r\n', [304, true, true]],
    [
      'hints before it',
      `HTTP/1.1 103 E\r\nlink: x\r\n\r\n${HEAD}content-length: 1\r\n\r\nx`,
      [200, true, true],
    ],
    [
      'chunks',
      `${HEAD}transfer-encoding: chunked\r\n\r\n3\r\nabc\r\nA;x=y\r\n0123\r\n5678\r\n0\r\n\r\n`,
      [200, true, true],
    ],
    [
      'trailers',
      `${HEAD}Transfer-Encoding: gzip, chunked\r\n\r\n1\r\na\r\n0\r\nx: y\r\nz: 1\r\n\r\n`,
      [200, true, true],
    ],
    [
      'chunks beside a length',
      `${HEAD}content-length: 1\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n`,
      [200, true, true],
    ],
    ['no length', `${HEAD}x: y\r\n\r\nuntil it closes`, [200, true, false]],
    ['close', `${HEAD}connection: close\r\ncontent-length: 1\r\n\r\nx`, [200, true, false]],
    ['HTTP/1.0', 'HTTP/1.0 200 OK\r\ncontent-length: 1\r\n\r\nx', [200, true, false]],
    [
      'HTTP/1.0 that stays',
      'HTTP/1.0 200 OK\r\nconnection: keep-alive\r\ncontent-length: 1\r\n\r\nx',
      [200, true, true],
    ],
    ['half a body', `${HEAD}content-length: 5\r\n\r\nhell`, [200, false, true]],
    ['half a head', `${HEAD}content-length: 5\r\n`, [0, false, true]],
    [
      'half the chunks',
      `${HEAD}transfer-encoding: chunked\r\n\r\n3\r\nabc\r\n`,
      [200, false, true],
    ],
  ])('reads %s, however it is cut', (_, text, expected) => {
    for (const size of [1, 2, 3, 7, 1000]) expect(read(text, size)).toEqual(expected)
  })

  it('expects no body of an answer to HEAD', () => {
    expect(read(`${HEAD}content-length: 5\r\n\r\n`, 1000, true)).toEqual([200, true, true])
  })

  it('reads one response after another', () => {
    const reader = new ResponseReader(false)
    for (const status of [200, 404, 500]) {
      const text = `HTTP/1.1 ${status} X\r\ncontent-length: 2\r\n\r\nok`
      expect([reader.read(Buffer.from(text)), reader.status]).toEqual([true, status])
    }
  })

  it.each([
    ['no HTTP response', 'SSH-2.0-OpenSSH\r\n\r\n'],
    ['no HTTP response', 'x'.repeat(70_000)],
    ['bytes after the response', `${HEAD}content-length: 1\r\n\r\nxy`],
    ['a chunk without its length', `${HEAD}transfer-encoding: chunked\r\n\r\nzz\r\n`],
    ['a chunk is longer', `${HEAD}transfer-encoding: chunked\r\n\r\n1\r\nab\r\n`],
    ['a line is too long', `${HEAD}transfer-encoding: chunked\r\n\r\n${'1'.repeat(9000)}`],
  ])('refuses %s', (message, text) => {
    expect(() => read(text, 100_000)).toThrow(message)
  })
})
