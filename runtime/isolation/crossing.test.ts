import { describe, expect, it } from 'vitest'
import { CodecSet, InstanceState, type ValueType } from '../abi/index.ts'
import { MayflyError } from '../errors/index.ts'
import { bridgeOf, Crossing } from './crossing.ts'
import { ForeignState, Foreign } from './foreign.ts'
import { FrameReader, FrameSplitter, FrameWriter, LENGTH_BYTES } from './frame.ts'
import { decodeError, encodeError } from './encoded-error.ts'
import { RemoteMeter } from './remote-meter.ts'

const resources = [{ kind: 'imported', interface: 'test:a/b', name: 'thing' }] as const
const bridge = bridgeOf({ resources })
const codecs = new CodecSet()
const crossing = new Crossing()
const host = (): { state: InstanceState; bridge: typeof bridge } => ({
  state: new InstanceState(),
  bridge,
})

const text: ValueType = { kind: 'string' }
const bytes: ValueType = { kind: 'list', element: { kind: 'u8' } }

describe('values', () => {
  it.each<[string, ValueType, unknown]>([
    ['text', text, 'Grüße 🦋'],
    ['long text', text, 'ä'.repeat(50_000)],
    ['bytes', bytes, new Uint8Array(100_000).fill(7)],
    ['numbers', { kind: 'list', element: { kind: 'f64' } }, new Float64Array([1.5, -2])],
    ['a big number', { kind: 'u64' }, 2n ** 64n - 1n],
    [
      'a record',
      { kind: 'record', fields: [{ name: 'a-b', type: { kind: 'option', some: text } }] },
      { aB: 'x' },
    ],
    ['an error', { kind: 'result', ok: bytes, error: text }, { tag: 'err', val: 'no' }],
    ['a list of lists', { kind: 'list', element: { kind: 'list', element: text } }, [['a'], []]],
  ])('cross: %s', (_what, type, value) => {
    const codec = codecs.get(type)
    const read = crossing.read(codec, host(), crossing.write(codec, host(), value))
    expect(read).toEqual(value)
  })

  it('of one message leave nothing in the gaps of the next', () => {
    const gaps: ValueType = { kind: 'tuple', elements: [{ kind: 'u8' }, { kind: 'u64' }] }
    crossing.write(codecs.get(bytes), host(), new Uint8Array(64).fill(255))
    const written = crossing.write(codecs.get(gaps), host(), [1, 2n])
    expect([...written.subarray(0, 8)]).toEqual([1, 0, 0, 0, 0, 0, 0, 0])
  })

  it('that point out of their message are refused', () => {
    const codec = codecs.get(bytes)
    const pointing = new Uint8Array(8)
    new DataView(pointing.buffer).setUint32(0, 4, true)
    new DataView(pointing.buffer).setUint32(4, 5, true)
    expect(() => crossing.read(codec, host(), pointing)).toThrow('Cannot follow pointer')
    expect(() => crossing.read(codec, host(), new Uint8Array(7))).toThrow('Cannot follow pointer')
  })
})

describe('objects of the host', () => {
  const own = codecs.get({ kind: 'own', resource: 0 })
  const borrow = codecs.get({ kind: 'borrow', resource: 0 })

  it('come back as themselves, and only once when they are given away', () => {
    const side = host()
    const there = { state: new ForeignState(), bridge }
    const object = { is: 'a thing' }
    const arrived = crossing.read(own, there, crossing.write(own, side, object).slice())
    expect(arrived).toBeInstanceOf(Foreign)
    const back = crossing.write(own, there, arrived).slice()
    expect(crossing.read(own, side, back)).toBe(object)
    expect(() => crossing.read(own, side, back)).toThrow('there is none')
  })

  it('are of the call that was given them', () => {
    const there = { state: new ForeignState(), bridge }
    const number = crossing.write(borrow, there, new Foreign(1)).slice()
    expect(() => crossing.read(borrow, host(), number)).toThrow('there is none')
  })
})

describe('frames', () => {
  it('are found in pieces of any size', () => {
    const writer = new FrameWriter()
    const all = [...writer.begin(1).text('one').end(), ...writer.begin(2).end()]
    for (let size = 1; size <= all.length; size++) {
      const splitter = new FrameSplitter()
      const found: number[][] = []
      for (let at = 0; at < all.length; at += size)
        splitter.push(Uint8Array.from(all.slice(at, at + size)))
      for (let frame = splitter.next(); frame !== undefined; frame = splitter.next())
        found.push([...frame])
      expect(found).toEqual([[1, 111, 110, 101], [2]])
    }
  })

  it('that say they are long are refused before they come', () => {
    const length = new Uint8Array(LENGTH_BYTES).fill(255)
    const splitter = new FrameSplitter()
    splitter.push(length)
    expect(() => splitter.next()).toThrow('it has 4294967295 bytes')
  })

  it('holds little more than has come, also of a frame that comes byte by byte', () => {
    const splitter = new FrameSplitter()
    splitter.push(Uint8Array.of(0, 0, 0, 4))
    const before = process.memoryUsage()
    for (let byte = 0; byte < 400_000; byte++) splitter.push(Uint8Array.of(7))
    const after = process.memoryUsage()
    expect(splitter.next()).toBeUndefined()
    const held = after.heapUsed + after.external - before.heapUsed - before.external
    expect(held).toBeLessThan(20_000_000)
  })
})

describe('errors', () => {
  it('are what they were, in one line', () => {
    const error = decodeError(encodeError(new TypeError('a\nb')))
    expect(error).toMatchObject({ code: 'ERR_GUEST_TRAPPED', message: 'Guest trapped: a\\nb' })
  })

  it.each(['', '{', 'null', '{"code":"ERR_MADE_UP","message":"x"}', '{"code":"ERR_USAGE"}'])(
    'that are none become one: %s',
    (json) => expect(decodeError(json).message).toContain('did not say why'),
  )
})

describe('texts', () => {
  it('of an error are cut before they are sent, and a longer one is refused unread', () => {
    const error = new MayflyError('ERR_USAGE', 'x'.repeat(1e6), {
      facts: { agent: 'y'.repeat(1e6) },
    })
    const sent = new FrameWriter().begin(1).text(encodeError(error)).end().slice(LENGTH_BYTES)
    expect(decodeError(new FrameReader(sent).restText()).message).toMatch(/^x+$/)
    const long = new FrameWriter().begin(1).text('{'.repeat(200_000)).end().slice(LENGTH_BYTES)
    expect(() => new FrameReader(long).restText()).toThrow('too long')
  })
})

describe('fuel that a process counts', () => {
  it('never shrinks, and is a number', () => {
    const meter = new RemoteMeter(100)
    for (const used of [10, 5, NaN, Infinity, -1]) meter.report(used)
    expect(meter.used).toBe(10)
    meter.spend(20)
    meter.charge(30)
    expect([meter.left, meter.take(), meter.take(), meter.left]).toEqual([
      40,
      { spent: 20, charged: 30 },
      { spent: 0, charged: 0 },
      40,
    ])
  })
})
