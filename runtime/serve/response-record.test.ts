import { describe, expect, it } from 'vitest'
import type { HeaderPair } from './request-record.ts'
import { makeResponse, toAnswer } from './response-record.ts'
import { toWebResponse } from './whole-answer.ts'

const EXCHANGE = { id: 'r1', keepsLength: false }

describe('makeResponse()', () => {
  it('adds the request id, in place of one of the agent', () => {
    const { headers } = makeResponse(null, 200, [['X-Request-Id', 'mine']], EXCHANGE)
    expect([...headers]).toEqual([['x-request-id', 'r1']])
    const repeated: HeaderPair[] = [
      ['set-cookie', 'a=1'],
      ['x-request-id', 'mine'],
      ['set-cookie', 'b=2'],
    ]
    const several = makeResponse(null, 200, repeated, EXCHANGE).headers
    expect(several.getSetCookie()).toEqual(['a=1', 'b=2'])
    expect(several.get('x-request-id')).toBe('r1')
  })

  it('lets no agent frame its answer', () => {
    const framing: HeaderPair[] = [
      ['Content-Length', '3'],
      ['transfer-encoding', 'chunked'],
      ['connection', 'close'],
      ['x-mine', '1'],
    ]
    const { headers } = makeResponse(null, 200, framing, EXCHANGE)
    expect([...headers.keys()].toSorted()).toEqual(['x-mine', 'x-request-id'])
    const twice = makeResponse(null, 200, [...framing, ['x-mine', '2']], EXCHANGE).headers
    expect([...twice.keys()].toSorted()).toEqual(['x-mine', 'x-request-id'])
    const head = makeResponse(null, 200, framing, { id: 'r1', keepsLength: true }).headers
    expect(head.get('content-length')).toBe('3')
  })

  it('keeps no length that HTTP does not know', () => {
    const lengthOf = (status: number, ...lengths: string[]): string | null => {
      const pairs = lengths.map((length): HeaderPair => ['content-length', length])
      return makeResponse(null, status, pairs, { id: 'r1', keepsLength: true }).headers.get(
        'content-length',
      )
    }
    expect([lengthOf(200, '0'), lengthOf(304, '12')]).toEqual(['0', '12'])
    for (const wrong of ['+5', '5,5', 'abc', '', '005', '-1', '9007199254740993'])
      expect([wrong, lengthOf(200, wrong)]).toEqual([wrong, null])
    expect([lengthOf(200, '5', '5'), lengthOf(204, '5')]).toEqual([null, null])
  })

  it('lets no agent send fields for the whole of an origin that it shares', () => {
    const left: string[] = []
    const facts = {
      ...EXCHANGE,
      origin: { state: 'shared', folder: '/shop', isInside: true } as const,
      onLeftOut: (name: string) => left.push(name),
    }
    const pairs: HeaderPair[] = [
      ['Service-Worker-Allowed', '/'],
      ['CLEAR-site-data', '"*"'],
      ['content-type', 'text/plain'],
      ['set-cookie', 'a=1; Path=/'],
    ]
    const { headers } = makeResponse(null, 200, pairs, facts)
    expect([...headers.keys()].toSorted()).toEqual(['content-type', 'x-request-id'])
    expect(left).toEqual(['service-worker-allowed', 'clear-site-data', 'set-cookie'])
    const cookies: HeaderPair[] = [...pairs, ['Set-Cookie', 'b=2'], ['set-cookie', 'c=3; Path=/']]
    const several = makeResponse(null, 200, cookies, facts).headers
    expect([...several.keys()].toSorted()).toEqual(['content-type', 'set-cookie', 'x-request-id'])
    expect(several.getSetCookie()).toEqual(['b=2'])
    const all = makeResponse(null, 200, cookies, EXCHANGE).headers
    expect(all.getSetCookie()).toEqual(['a=1; Path=/', 'b=2', 'c=3; Path=/'])
    expect(all.get('clear-site-data')).toBe('"*"')
  })

  it.each<[string, number, HeaderPair[]]>([
    ['a line break in a value', 200, [['x', 'a\r\nset-cookie: b']]],
    ['a NUL in a value', 200, [['x', 'a\0']]],
    ['a character beyond a byte in a value', 200, [['x', '\u{1f600}']]],
    ['a space in a name', 200, [['x y', 'a']]],
    ['an empty name', 200, [['', 'a']]],
    ['a name that adapters lose', 200, [['__Proto__', 'a']]],
  ])('refuses %s', (_, status, headers) => {
    expect(() => makeResponse(null, status, headers, EXCHANGE)).toThrowError(
      expect.objectContaining({ code: 'ERR_GUEST_FAILED' }),
    )
  })

  it.each([0, 100, 101, 199, 600, 999])('refuses status %i, which ends no answer', (status) => {
    expect(() => makeResponse(null, status, [], EXCHANGE)).toThrowError(
      expect.objectContaining({
        code: 'ERR_GUEST_FAILED',
        hint: 'Answer with a status from 200 to 599',
        facts: { status },
      }),
    )
  })

  it.each([200, 599])('takes status %i', (status) => {
    expect(makeResponse(null, status, [], EXCHANGE).status).toBe(status)
  })

  it('takes names that objects have already', () => {
    const { headers } = makeResponse(
      null,
      200,
      [
        ['constructor', 'b'],
        ['toString', 'c'],
      ],
      EXCHANGE,
    )
    expect(headers.get('constructor')).toBe('b')
    expect(headers.get('tostring')).toBe('c')
  })

  it('refuses a body where the status has none', () => {
    const stream = new ReadableStream<Uint8Array>()
    expect(() => makeResponse(stream, 204, [], EXCHANGE)).toThrow(/has no body/)
  })
})

describe('toAnswer()', () => {
  it('drops the body of a status that has none, and refuses one that is too large', () => {
    const record = { status: 204, headers: [], body: new Uint8Array(4) }
    expect(toAnswer(record, 4, EXCHANGE).body).toBeNull()
    expect(() => toAnswer(record, 3, EXCHANGE)).toThrow(/4 bytes or more, 3 allowed/)
  })

  it.each<[string, string | undefined, Uint8Array]>([
    ['text', 'text/plain', encode('plain')],
    ['text with marks and wide characters', 'Text/HTML', encode('\ufeffé\u{1f600}')],
    ['JSON', 'application/json; charset=utf-8', encode('{}')],
    ['what is no text, whatever it says', 'text/plain', Uint8Array.of(0xff, 0, 0xc3)],
    ['text of another encoding', 'text/plain; charset=latin1', Uint8Array.of(0xe9)],
    ['bytes', 'image/png', Uint8Array.of(1, 2, 0x80)],
    ['bytes of no type', undefined, encode('plain')],
    ['more than goes in one write', 'text/plain', encode('x'.repeat(5_000))],
  ])('sends %s as the agent gave it, and no type it did not give', async (_, type, body) => {
    const headers: HeaderPair[] = type === undefined ? [] : [['Content-Type', type]]
    const response = toWebResponse(toAnswer({ status: 200, headers, body }, 5_000, EXCHANGE))
    expect(response.headers.get('content-type')).toBe(type ?? null)
    expect(new Uint8Array(await response.arrayBuffer())).toEqual(body)
  })
})

function encode(text: string): Uint8Array {
  return new TextEncoder().encode(text)
}
