import { beforeAll, describe, expect, it } from 'vitest'
import type { HostDispatcher } from '../host-dispatcher.ts'
import {
  READ_AT,
  streamGuest,
  WRITE_AT,
  type Command,
  type RunningGuest,
  type StreamGuest,
} from '../testing/stream-guest.ts'

const BLOCKED = -1
const BEYOND = 2 ** 28

let guests: StreamGuest
let texts: StreamGuest
beforeAll(async () => {
  guests = await streamGuest(' u8', ' u32')
  texts = await streamGuest(' string', ' string')
}, 60_000)

/** Readable and writable end of a stream (1, 2) and of a future (3, 4), and a set (5). */
async function begin(of = guests): Promise<RunningGuest> {
  const guest = of.start()
  expect(await guest.make('stream')).toEqual([1, 2])
  expect(await guest.make('future')).toEqual([3, 4])
  expect(await guest.do('set-new')).toBe(5)
  guest.memory.set([1, 2, 3, 4, 5, 6, 7, 8], WRITE_AT)
  return guest
}

async function all(guest: RunningGuest, commands: readonly Command[]): Promise<number[]> {
  const results: number[] = []
  for (const command of commands) results.push(await guest.do(...command))
  return results
}

const read = (n: number): Command => ['stream-read', 1, READ_AT, n]
const write = (n: number): Command => ['stream-write', 2, WRITE_AT, n]

describe('a stream between two ends of guests', () => {
  it.each<[string, Command[], number[]]>([
    ['passes what both have room for', [read(8), write(3)], [BLOCKED, 3 << 4]],
    ['passes it in either order', [write(3), read(8)], [BLOCKED, 3 << 4]],
    ['fills one buffer from several writes', [read(8), write(3), write(3)], [BLOCKED, 48, 48]],
    ['empties one buffer by several reads', [write(8), read(3), read(3)], [BLOCKED, 48, 48]],
    [
      'passes nothing to a read of nothing, and waits',
      [read(0), write(3), ['stream-cancel-read', 1], read(1)],
      [BLOCKED, BLOCKED, 0, 16],
    ],
    ['lets two copies of nothing meet when the write is the later', [read(0), write(0)], [-1, 0]],
    [
      'tells a copy that goes on that it was cancelled',
      [read(8), write(3), ['stream-cancel-read', 1]],
      [BLOCKED, 48, 48 | 2],
    ],
    [
      'tells a copy that is full that it has ended',
      [read(3), write(3), ['stream-cancel-read', 1]],
      [BLOCKED, 48, 48],
    ],
    ['tells the writer that the reader is gone', [['stream-drop-readable', 1], write(3)], [0, 1]],
    ['tells the reader that the writer is gone', [['stream-drop-writable', 2], read(3)], [0, 1]],
    [
      'tells a waiting reader of the elements that came before the writer has gone',
      [read(8), write(3), ['stream-drop-writable', 2], ['stream-cancel-read', 1]],
      [BLOCKED, 48, 0, 48 | 1],
    ],
  ])('%s', async (_, commands, results) => {
    const guest = await begin()
    expect(await all(guest, commands)).toEqual(results)
    await guest.finish()
  })

  it('copies the elements', async () => {
    const guest = await begin()
    await all(guest, [read(8), write(3), write(2)])
    expect([...guest.memory.subarray(READ_AT, READ_AT + 6)]).toEqual([1, 2, 3, 1, 2, 0])
    await guest.finish()
  })

  it('has events for a set', async () => {
    const guest = await begin()
    await all(guest, [read(8), ['join', 1, 5], write(3)])
    expect(await guest.wait(5)).toEqual([2, 1, 48])
    await all(guest, [write(4), ['join', 2, 5], ['join', 1, 0], read(2)])
    expect(await guest.wait(5)).toEqual([3, 2, 32])
    await guest.finish()
  })
})

describe('a future between two ends of guests', () => {
  it.each<[string, Command[], number[]]>([
    [
      'passes one value',
      [
        ['future-write', 4, WRITE_AT],
        ['future-read', 3, READ_AT],
      ],
      [BLOCKED, 0],
    ],
    [
      'passes it in either order',
      [
        ['future-read', 3, READ_AT],
        ['future-write', 4, WRITE_AT],
      ],
      [-1, 0],
    ],
    [
      'tells the writer that the reader is gone',
      [
        ['future-drop-readable', 3],
        ['future-write', 4, WRITE_AT],
        ['future-drop-writable', 4],
      ],
      [0, 1, 0],
    ],
    [
      'may be read again after a read was cancelled',
      [
        ['future-read', 3, READ_AT],
        ['future-cancel-read', 3],
        ['future-write', 4, WRITE_AT],
        ['future-read', 3, READ_AT],
      ],
      [BLOCKED, 2, BLOCKED, 0],
    ],
  ])('%s', async (_, commands, results) => {
    const guest = await begin()
    expect(await all(guest, commands)).toEqual(results)
    await guest.finish()
  })
})

describe('a guest traps that', () => {
  it.each<[string, Command[], string]>([
    ['reads a stream twice at once', [read(1), read(1)], 'handle 1: a copy runs'],
    ['writes to a readable end', [['stream-write', 1, 0, 1]], 'handle 1: it is of another kind'],
    ['reads from a writable end', [['stream-read', 2, 0, 1]], 'handle 2: it is of another kind'],
    ['reads a future as a stream', [['stream-read', 3, 0, 1]], 'handle 3: it is of another kind'],
    ['reads a set', [['stream-read', 5, 0, 1]], 'handle 5: it is of another kind'],
    ['reads nothing', [['stream-read', 9, 0, 1]], 'handle 9: there is none'],
    ['drops an end that copies', [read(1), ['stream-drop-readable', 1]], 'handle 1: a copy runs'],
    ['cancels nothing', [['stream-cancel-read', 1]], 'handle 1: no copy can be cancelled'],
    [
      'cancels a copy that has ended',
      [write(1), read(1), read(1), ['stream-cancel-write', 2], ['stream-cancel-write', 2]],
      'handle 2: no copy can be cancelled',
    ],
    [
      'cancels in the middle of its code what is in a set',
      [read(1), ['join', 1, 5], ['stream-cancel-read', 1]],
      'handle 1: it is in a waitable set',
    ],
    [
      'waits in the middle of its code for what is in a set',
      [
        ['join', 1, 5],
        ['stream-read-sync', 1, 0, 1],
      ],
      'handle 1: it is in a waitable set',
    ],
    ['reads beyond its memory', [['stream-read', 1, 4 * 65_536 - 1, 2]], 'do not fit the memory'],
    ['reads more than a copy may be', [['stream-read', 1, 0, BEYOND]], '268435456 elements'],
    ['reads to an odd address', [['future-read', 3, 2]], 'not aligned to 4 bytes'],
    [
      'reads a stream that is over',
      [['stream-drop-writable', 2], read(1), read(1)],
      'handle 1: the stream is over',
    ],
    [
      'reads a future twice',
      [
        ['future-write', 4, WRITE_AT],
        ['future-read', 3, READ_AT],
        ['future-read', 3, READ_AT],
      ],
      'handle 3: the future is over',
    ],
    [
      'drops a future that it has not written',
      [['future-drop-writable', 4]],
      'handle 4: nothing was written',
    ],
    ['gives away a stream while it copies', [read(1), ['take-stream', 1]], 'handle 1: a copy runs'],
    [
      'gives away a stream that is in a set',
      [
        ['join', 1, 5],
        ['take-stream', 1],
      ],
      'handle 1: it is in a waitable set',
    ],
    ['gives away a writable end', [['take-stream', 2]], 'handle 2: it is of another kind'],
    ['gives away a future as a stream', [['take-stream', 3]], 'handle 3: it is of another kind'],
    [
      'gives away a stream that is over',
      [['stream-drop-writable', 2], read(1), ['take-stream', 1]],
      'handle 1: the stream is over',
    ],
    [
      'waits for what only it could do',
      [read(1), ['join', 1, 5], ['set-wait', 5, 0]],
      'nothing in the waitable set can happen',
    ],
    ['waits for itself', [['stream-read-sync', 1, 0, 1]], 'nothing in the waitable set can happen'],
    [
      'drops a set with an end in it',
      [
        ['join', 1, 5],
        ['set-drop', 5],
      ],
      'set 5: it is in use',
    ],
    ['drops an error that is none', [['error-drop', 5]], 'handle 5: it is of another kind'],
  ])('%s', async (_, commands, message) => {
    const guest = await begin()
    await expect(all(guest, commands)).rejects.toMatchObject({
      code: 'ERR_GUEST_TRAPPED',
      message: expect.stringContaining(message),
    })
  })

  it('passes texts to itself', async () => {
    const guest = await begin(texts)
    await expect(
      all(guest, [
        ['stream-write', 2, 0, 1],
        ['stream-read', 1, 64, 1],
      ]),
    ).rejects.toThrow('both ends are in one instance')
  })

  it('makes more ends than its table has room for', async () => {
    const guest = guests.start()
    const fill = async (): Promise<void> => {
      for (;;) await guest.make('stream')
    }
    await expect(fill()).rejects.toThrow('the table is full')
  }, 60_000)
})

describe('streams of texts and the host', () => {
  it('pass arrays when the guest hears that the host wants them', async () => {
    let reader: ReadableStreamDefaultReader<string[]> | undefined
    const guest = texts.start({
      'give-stream': () =>
        (async function* () {
          yield ['häl', 'lo']
          yield 'x'
        })(),
      'take-stream': (stream: ReadableStream<string[]>) => void (reader = stream.getReader()),
    })
    const input = await guest.do('give-stream')
    expect(await guest.do('stream-read-sync', input, WRITE_AT, 4)).toBe(2 << 4)
    const [readable, writable] = await guest.make('stream')
    await guest.do('take-stream', readable)
    const written = guest.do('stream-write-sync', writable, WRITE_AT, 2)
    expect((await reader?.read())?.value).toEqual(['häl', 'lo'])
    expect(await written).toBe(2 << 4)
    await guest.finish()
  })
})

describe('streams without elements', () => {
  it('count', async () => {
    const units = await streamGuest('', '')
    let reader: ReadableStreamDefaultReader<number> | undefined
    let future: Promise<unknown> | undefined
    const guest = units.start({
      'give-stream': () =>
        (async function* () {
          yield 5
        })(),
      'take-stream': (stream: ReadableStream<number>) => void (reader = stream.getReader()),
      'take-future': (given: Promise<unknown>) => void (future = given),
      'give-future': () => Promise.resolve(),
    })
    const input = await guest.do('give-stream')
    expect(await guest.do('stream-read-sync', input, 0, 3)).toBe(3 << 4)
    expect(await guest.do('stream-read-sync', input, 0, 3)).toBe(2 << 4)
    const [readable, writable] = await guest.make('stream')
    await guest.do('take-stream', readable)
    expect(await guest.do('stream-write', writable, 0, 1000)).toBe(BLOCKED)
    expect((await reader?.read())?.value).toBe(1000)
    const [readEnd, writeEnd] = await guest.make('future')
    await guest.do('take-future', readEnd)
    expect(await guest.do('future-write', writeEnd, 0)).toBe(0)
    expect(await future).toBeUndefined()
    expect(await guest.do('future-read-sync', await guest.do('give-future'), 0)).toBe(0)
    await guest.finish()
  })
})

describe('an error context', () => {
  it('is an Error to the host, and keeps its message', async () => {
    const taken: unknown[] = []
    const guest = guests.start({
      'take-error': (error: unknown) => taken.push(error),
      'give-error': () => new Error('of the host'),
    })
    guest.memory.set(new TextEncoder().encode('of the guest'), WRITE_AT)
    await guest.do('take-error', await guest.do('error-new', WRITE_AT, 12))
    expect(taken).toEqual([new Error('of the guest')])
    const given = await guest.do('give-error')
    await guest.do('error-message', given, 128)
    const view = new DataView(guest.memory.buffer)
    const at = view.getUint32(128, true)
    const text = guest.memory.subarray(at, at + view.getUint32(132, true))
    expect(new TextDecoder().decode(text)).toBe('of the host')
    await guest.do('error-drop', given)
    await expect(guest.do('error-drop', given)).rejects.toThrow('there is none')
  })

  it('counts while the guest holds it, and is refused where it may not be held', async () => {
    const guest = guests.start({ 'give-error': () => new Error('four') })
    let held = 0
    guest.instance.host = Object.assign(Object.create(guest.instance.host) as HostDispatcher, {
      call: guest.instance.host.call.bind(guest.instance.host),
      holds: (bytes: number) => {
        if (held + bytes > 5_000) throw new RangeError('too much')
        held += bytes
      },
      gives: (bytes: number) => void (held -= bytes),
    })
    const own = await guest.do('error-new', WRITE_AT, 1_000)
    expect(held).toBe(2_064)
    const given = await guest.do('give-error')
    expect(held).toBe(2_064 + 72)
    await guest.do('error-drop', own)
    await guest.do('error-drop', given)
    expect(held).toBe(0)
    for (let n = 0; n < 2; n++) await guest.do('error-new', WRITE_AT, 1_000)
    await expect(guest.do('error-new', WRITE_AT, 1_000)).rejects.toThrow('too much')
  })

  it('is shortened: a guest cannot keep long texts with its host', async () => {
    const taken: Error[] = []
    const guest = guests.start({ 'take-error': (error: Error) => taken.push(error) })
    await guest.do('take-error', await guest.do('error-new', WRITE_AT, 60_000))
    expect(taken[0]?.message).toHaveLength(1024)
    await guest.finish()
  })
})
