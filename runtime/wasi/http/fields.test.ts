import { describe, expect, it } from 'vitest'
import { payloadOf } from '../../host-module/testing.ts'
import { contentLengthOf, Fields, fieldsFrom, freeze, pairsOf, receivedFields } from './fields.ts'

const encoder = new TextEncoder()
const budget = () => ({ leftBytes: 1_000_000 })

const HOP_BY_HOP = [
  'expect',
  'http2-settings',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]

function bytes(text: string): Uint8Array {
  return encoder.encode(text)
}

describe('Fields', () => {
  it('tells how many fields were looked through or copied', () => {
    let scanned = 0
    const onScan = (fields: number) => void (scanned += fields)
    const fields = fieldsFrom(
      Array.from({ length: 50 }, (_, index) => [`x-${index}`, bytes('1')]),
      { ...budget(), onScan },
    )
    for (const use of ['get', 'has', 'delete', 'clone'] as const) {
      scanned = 0
      fields[use]('absent')
      expect(scanned).toBe(50)
    }
  })

  it('finds names in any case and keeps values apart', () => {
    const fields = fieldsFrom([['X-A', bytes('1')]], budget())
    fields.append('x-a', bytes('2'))
    fields.set('x-b', [bytes('3')])
    expect(fields.get('X-a').map((value) => new TextDecoder().decode(value))).toEqual(['1', '2'])
    expect(fields.has('X-B')).toBe(true)
    fields.delete('x-b')
    expect(pairsOf(fields)).toEqual([
      ['x-a', '1'],
      ['x-a', '2'],
    ])
  })

  it.for([
    ['a b', 'x', 'invalid-syntax'],
    ['', 'x', 'invalid-syntax'],
    ['a\r\nb', 'x', 'invalid-syntax'],
    ['x-a', 'a\r\nb: c', 'invalid-syntax'],
    ['x-a', 'a\0', 'invalid-syntax'],
    ['Host', 'x', 'forbidden'],
    ['transfer-encoding', 'chunked', 'forbidden'],
    ['Connection', 'close', 'forbidden'],
    ['__proto__', 'x', 'forbidden'],
  ] as const)('refuses %j: %j as %s', async ([name, value, tag]) => {
    const fields = new Fields(budget())
    expect(await payloadOf(() => fields.append(name, bytes(value)))).toEqual({ tag })
    expect(await payloadOf(() => fields.set(name, [bytes(value)]))).toEqual({ tag })
    expect(fields.entries()).toEqual([])
  })

  it('cannot be changed once a message was made from it, but cloned', async () => {
    const frozen = freeze(fieldsFrom([['x-a', bytes('1')]], budget()))
    expect(await payloadOf(() => frozen.append('x-b', bytes('2')))).toEqual({ tag: 'immutable' })
    const copy = frozen.clone()
    copy.append('x-b', bytes('2'))
    expect(pairsOf(copy)).toHaveLength(2)
  })

  it('is bounded in number, in size, and together with all others', async () => {
    const many = new Fields(budget())
    for (let index = 0; index < 1024; index++) many.append('a', bytes(''))
    expect(await payloadOf(() => many.append('a', bytes('')))).toEqual({ tag: 'forbidden' })
    const large = new Fields(budget())
    const value = new Uint8Array(131_072).fill(97)
    expect(await payloadOf(() => large.append('a', value))).toEqual({ tag: 'forbidden' })
    const shared = { leftBytes: 100 }
    const first = fieldsFrom([['a', bytes('x'.repeat(40))]], shared)
    expect(await payloadOf(() => first.clone())).toEqual({ tag: 'forbidden' })
    first[Symbol.dispose]()
    expect(shared.leftBytes).toBe(100)
  })

  it('refuses values that are no bytes, whatever a guest declared', () => {
    expect(() => new Fields(budget()).append('a', '99' as never)).toThrow(TypeError)
  })

  it('takes what came from outside as it came', () => {
    const fields = receivedFields(new Headers({ 'content-length': '12', b: 'é' }), budget())
    expect(contentLengthOf(fields)).toBe(12)
    expect(fields.get('b')).toEqual([new Uint8Array([0xe9])])
  })

  it('has nothing of the connection that it came on, so that a copy has nothing of it', () => {
    const received: [string, string][] = [
      ['host', 'victim.internal'],
      ['connection', 'close, X-Hop'],
      ['connection', 'x-other'],
      ['x-hop', '1'],
      ['x-other', '2'],
      ['x-kept', '3'],
      ...HOP_BY_HOP.map((name): [string, string] => [name, 'x']),
    ]
    const fields = receivedFields(received, budget())
    expect(pairsOf(fields)).toEqual([['x-kept', '3']])
    // As guests copy that do not clone.
    expect(() => fieldsFrom(fields.entries(), budget())).not.toThrow()
  })

  it('may ask for trailers and announce some, and for no other coding', async () => {
    const refused: string[] = []
    const fields = new Fields({ leftBytes: 1000, refused: (name) => refused.push(name) })
    fields.append('te', bytes('trailers'))
    fields.set('TE', [bytes('Trailers')])
    fields.append('trailer', bytes('x-sum'))
    expect(fields.entries().map(([name]) => name)).toEqual(['te', 'trailer'])
    expect(refused).toEqual([])
    expect(await payloadOf(() => fields.append('te', bytes('gzip')))).toEqual({ tag: 'forbidden' })
    expect(await payloadOf(() => fields.append('Upgrade', bytes('x')))).toEqual({
      tag: 'forbidden',
    })
    expect(refused).toEqual(['te', 'upgrade'])
  })
})
