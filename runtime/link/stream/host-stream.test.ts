import { beforeAll, describe, expect, it } from 'vitest'
import { READ_AT, streamGuest, WRITE_AT, type StreamGuest } from '../testing/stream-guest.ts'

const BLOCKED = -1

let guests: StreamGuest
beforeAll(async () => {
  guests = await streamGuest(' u8', ' u32')
}, 60_000)

/** A stream of the host that a test feeds. */
function source(): {
  readonly stream: ReadableStream<Uint8Array>
  readonly controller: ReadableStreamDefaultController<Uint8Array>
  readonly cancelled: Promise<unknown>
  readonly pulls: () => number
} {
  const cancelled = Promise.withResolvers<unknown>()
  let controller: ReadableStreamDefaultController<Uint8Array> | undefined
  let pulls = 0
  const stream = new ReadableStream<Uint8Array>(
    {
      start: (given) => void (controller = given),
      pull: () => void pulls++,
      cancel: (reason) => cancelled.resolve(reason),
    },
    { highWaterMark: 0 },
  )
  if (controller === undefined) throw new Error('no controller')
  return { stream, controller, cancelled: cancelled.promise, pulls: () => pulls }
}

describe('a stream of the host', () => {
  it('is read by the guest, chunk by chunk, and what does not fit is kept', async () => {
    const { stream, controller } = source()
    const guest = guests.start({ 'give-stream': () => stream })
    const handle = await guest.do('give-stream')
    const set = await guest.do('set-new')
    expect(await guest.do('stream-read', handle, READ_AT, 3)).toBe(BLOCKED)
    await guest.do('join', handle, set)
    controller.enqueue(Uint8Array.of(1, 2, 3, 4, 5))
    expect(await guest.wait(set)).toEqual([2, handle, 3 << 4])
    expect([...guest.memory.subarray(READ_AT, READ_AT + 4)]).toEqual([1, 2, 3, 0])
    expect(await guest.do('stream-read', handle, READ_AT, 9)).toBe(2 << 4)
    expect([...guest.memory.subarray(READ_AT, READ_AT + 3)]).toEqual([4, 5, 3])
    controller.close()
    expect(await guest.do('stream-read', handle, READ_AT, 9)).toBe(BLOCKED)
    expect(await guest.wait(set)).toEqual([2, handle, 1])
    await guest.do('stream-drop-readable', handle)
    await guest.finish()
  })

  it('is asked for a chunk only when the guest reads', async () => {
    const { stream, controller, pulls } = source()
    const guest = guests.start({ 'give-stream': () => stream })
    const handle = await guest.do('give-stream')
    await guest.do('set-new')
    expect(pulls()).toBe(0)
    expect(await guest.do('stream-read', handle, READ_AT, 1)).toBe(BLOCKED)
    await guest.do('set-new')
    expect(pulls()).toBe(1)
    controller.enqueue(Uint8Array.of(1, 2))
    expect(await guest.do('stream-cancel-read', handle)).toBe(1 << 4)
    expect(await guest.do('stream-read', handle, READ_AT, 1)).toBe(1 << 4)
    expect(pulls()).toBe(1)
    await guest.finish()
  })

  it('is read by a guest that waits in the middle of its code', async () => {
    const { stream, controller } = source()
    const guest = guests.start({ 'give-stream': () => stream })
    const handle = await guest.do('give-stream')
    const read = guest.do('stream-read-sync', handle, READ_AT, 8)
    controller.enqueue(Uint8Array.of(7))
    expect(await read).toBe(1 << 4)
    await guest.finish()
  })

  it('can be an async iterable of values', async () => {
    const chunks = async function* (): AsyncGenerator<unknown> {
      yield [1, 2]
      yield 3
    }
    const guest = guests.start({ 'give-stream': () => chunks() })
    const handle = await guest.do('give-stream')
    expect(await guest.do('stream-read-sync', handle, READ_AT, 8)).toBe(2 << 4)
    expect(await guest.do('stream-read-sync', handle, READ_AT, 8)).toBe(1 << 4)
    expect(await guest.do('stream-read-sync', handle, READ_AT, 8)).toBe(1)
    expect([...guest.memory.subarray(READ_AT, READ_AT + 2)]).toEqual([3, 2])
    await guest.finish()
  })

  it('is over for the guest when it fails', async () => {
    const { stream, controller } = source()
    const guest = guests.start({ 'give-stream': () => stream })
    const handle = await guest.do('give-stream')
    controller.error(new Error('the disk is gone'))
    expect(await guest.do('stream-read-sync', handle, READ_AT, 8)).toBe(1)
    await guest.finish()
  })

  it.each(['dropped', 'left when the call ends', 'left when the guest is stopped'])(
    'is cancelled when it is %s',
    async (how) => {
      const { stream, cancelled } = source()
      const guest = guests.start({ 'give-stream': () => stream })
      const handle = await guest.do('give-stream')
      expect(await guest.do('stream-read', handle, READ_AT, 8)).toBe(BLOCKED)
      if (how === 'dropped') {
        await guest.do('stream-cancel-read', handle)
        await guest.do('stream-drop-readable', handle)
      } else if (how === 'left when the call ends') await guest.finish()
      else guest.instance.abandon(new Error('stopped'))
      await cancelled
    },
  )

  it('comes back as it was when the guest has not read of it', async () => {
    const { stream } = source()
    const taken: unknown[] = []
    const guest = guests.start({
      'give-stream': () => stream,
      'take-stream': (given: unknown) => taken.push(given),
    })
    await guest.do('take-stream', await guest.do('give-stream'))
    expect(taken).toEqual([stream])
    await guest.finish()
    expect(stream.locked).toBe(false)
  })

  it('goes on behind what the guest has read', async () => {
    const { stream, controller } = source()
    let taken: ReadableStream<Uint8Array> | undefined
    const guest = guests.start({
      'give-stream': () => stream,
      'take-stream': (given: ReadableStream<Uint8Array>) => void (taken = given),
    })
    const handle = await guest.do('give-stream')
    controller.enqueue(Uint8Array.of(1, 2, 3))
    expect(await guest.do('stream-read-sync', handle, READ_AT, 1)).toBe(1 << 4)
    await guest.do('take-stream', handle)
    await guest.finish()
    controller.enqueue(Uint8Array.of(4))
    controller.close()
    expect(await new Response(taken).bytes()).toEqual(Uint8Array.of(2, 3, 4))
  })

  it('goes on with the chunk that was on its way to a read that was cancelled', async () => {
    const { stream, controller } = source()
    let taken: ReadableStream<Uint8Array> | undefined
    const guest = guests.start({
      'give-stream': () => stream,
      'take-stream': (given: ReadableStream<Uint8Array>) => void (taken = given),
    })
    const handle = await guest.do('give-stream')
    expect(await guest.do('stream-read', handle, READ_AT, 1)).toBe(BLOCKED)
    expect(await guest.do('stream-cancel-read', handle)).toBe(2)
    await guest.do('take-stream', handle)
    const bytes = new Response(taken).bytes()
    await guest.finish()
    for (const byte of [1, 2, 3]) controller.enqueue(Uint8Array.of(byte))
    controller.close()
    expect(await bytes).toEqual(Uint8Array.of(1, 2, 3))
  })

  it.each([
    ['no stream', 7, 'expected ReadableStream or iterable, got 7'],
    [
      'a chunk of other values',
      (async function* () {
        yield ['a']
      })(),
      'expected u8, got "a"',
    ],
    [
      'a chunk that is none',
      (async function* () {
        yield undefined
      })(),
      'expected u8, got undefined',
    ],
  ])('fails the guest when it gives %s', async (_, given, message) => {
    const guest = guests.start({ 'give-stream': () => given })
    const reads = guest
      .do('give-stream')
      .then((handle) => guest.do('stream-read-sync', handle, READ_AT, 8))
    await expect(reads).rejects.toMatchObject({
      code: 'ERR_VALUE_MISMATCH',
      message: expect.stringContaining(message),
    })
  })
})

describe('a stream of the guest', () => {
  /** A guest that has given away a stream. */
  async function given(): Promise<{
    guest: ReturnType<StreamGuest['start']>
    writable: number
    reader: ReadableStreamDefaultReader<Uint8Array>
  }> {
    let reader: ReadableStreamDefaultReader<Uint8Array> | undefined
    const guest = guests.start({
      'take-stream': (stream: ReadableStream<Uint8Array>) => void (reader = stream.getReader()),
    })
    const [readable, writable] = await guest.make('stream')
    await guest.do('take-stream', readable)
    if (reader === undefined) throw new Error('the host got no stream')
    guest.memory.set([1, 2, 3, 4], WRITE_AT)
    return { guest, writable, reader }
  }

  it('is a ReadableStream whose reader lets the guest write', async () => {
    const { guest, writable, reader } = await given()
    const set = await guest.do('set-new')
    expect(await guest.do('stream-write', writable, WRITE_AT, 4)).toBe(BLOCKED)
    await guest.do('join', writable, set)
    expect(await reader.read()).toEqual({ done: false, value: Uint8Array.of(1, 2, 3, 4) })
    expect(await guest.wait(set)).toEqual([3, writable, 4 << 4])
    const read = reader.read()
    await guest.do('set-new')
    expect(await guest.do('stream-write', writable, WRITE_AT, 2)).toBe(2 << 4)
    expect((await read).value).toEqual(Uint8Array.of(1, 2))
    await guest.do('stream-drop-writable', writable)
    expect((await reader.read()).done).toBe(true)
    await guest.finish()
  })

  it('gives the host a chunk although the guest never looks at its event', async () => {
    const { guest, writable, reader } = await given()
    expect(await guest.do('stream-write', writable, WRITE_AT, 4)).toBe(BLOCKED)
    guest.memory.fill(9, WRITE_AT, WRITE_AT + 4)
    expect((await reader.read()).value).toEqual(Uint8Array.of(1, 2, 3, 4))
    await guest.finish()
  })

  it('passes one chunk of at most 64 KiB at a time', async () => {
    const { guest, writable, reader } = await given()
    const read = reader.read()
    await guest.do('set-new')
    expect(await guest.do('stream-write', writable, 0, 100_000)).toBe(65_536 << 4)
    expect((await read).value).toHaveLength(65_536)
    await guest.finish()
  })

  it('tells the guest that the host reads no more', async () => {
    const { guest, writable, reader } = await given()
    const write = guest.do('stream-write-sync', writable, WRITE_AT, 4)
    await reader.cancel()
    expect(await write).toBe(1)
    await guest.do('stream-drop-writable', writable)
    await guest.finish()
  })

  it('gives nothing of a write that was cancelled', async () => {
    const { guest, writable, reader } = await given()
    expect(await guest.do('stream-write', writable, WRITE_AT, 4)).toBe(BLOCKED)
    expect(await guest.do('stream-cancel-write', writable)).toBe(2)
    const read = reader.read()
    expect(await guest.do('stream-write', writable, WRITE_AT + 3, 1)).toBe(1 << 4)
    expect((await read).value).toEqual(Uint8Array.of(4))
    await guest.finish()
  })

  it.each(['ends its call', 'is stopped', 'traps'])('fails when the guest %s', async (how) => {
    const { guest, reader } = await given()
    const read = reader.read()
    if (how === 'ends its call') await guest.finish()
    else if (how === 'is stopped') guest.instance.abandon(new Error('stopped'))
    else await guest.do('stream-drop-writable', 99).catch(() => {})
    await expect(read).rejects.toThrow(
      { 'ends its call': 'its invocation has ended', 'is stopped': 'stopped', traps: 'handle 99' }[
        how
      ],
    )
  })

  it('may be given away while a write waits', async () => {
    let reader: ReadableStreamDefaultReader<Uint8Array> | undefined
    const guest = guests.start({
      'take-stream': (stream: ReadableStream<Uint8Array>) => void (reader = stream.getReader()),
    })
    const [readable, writable] = await guest.make('stream')
    guest.memory.set([5, 6], WRITE_AT)
    expect(await guest.do('stream-write', writable, WRITE_AT, 2)).toBe(BLOCKED)
    await guest.do('take-stream', readable)
    expect((await reader?.read())?.value).toEqual(Uint8Array.of(5, 6))
    await guest.finish()
  })

  it('that is dropped is a stream without chunks', async () => {
    let taken: ReadableStream<Uint8Array> | undefined
    const guest = guests.start({
      'take-stream': (stream: ReadableStream<Uint8Array>) => void (taken = stream),
    })
    const [readable, writable] = await guest.make('stream')
    await guest.do('stream-drop-writable', writable)
    await guest.do('take-stream', readable)
    expect(await new Response(taken).bytes()).toHaveLength(0)
    await guest.finish()
  })
})

describe('a future', () => {
  it('of the host is a promise', async () => {
    const value = Promise.withResolvers<number>()
    const guest = guests.start({ 'give-future': () => value.promise })
    const handle = await guest.do('give-future')
    expect(await guest.do('future-read', handle, READ_AT)).toBe(BLOCKED)
    expect(await guest.do('future-cancel-read', handle)).toBe(2)
    const read = guest.do('future-read-sync', handle, READ_AT)
    value.resolve(0x01020304)
    expect(await read).toBe(0)
    expect([...guest.memory.subarray(READ_AT, READ_AT + 4)]).toEqual([4, 3, 2, 1])
    await guest.do('future-drop-readable', handle)
    await guest.finish()
  })

  it('of the host that rejects ends the guest with its error', async () => {
    const error = new Error('no answer')
    const guest = guests.start({ 'give-future': () => Promise.reject(error) })
    const handle = await guest.do('give-future')
    await expect(guest.do('future-read-sync', handle, READ_AT)).rejects.toMatchObject({
      message: expect.stringContaining('no answer'),
      cause: error,
    })
  })

  it('of the guest is a promise, which has the value when the guest writes', async () => {
    let taken: Promise<number> | undefined
    const guest = guests.start({
      'take-future': (future: Promise<number>) => void (taken = future),
    })
    const [readable, writable] = await guest.make('future')
    await guest.do('take-future', readable)
    guest.memory.set([1, 1], WRITE_AT)
    expect(await guest.do('future-write', writable, WRITE_AT)).toBe(0)
    expect(await taken).toBe(0x101)
    await guest.do('future-drop-writable', writable)
    await guest.finish()
  })

  it('of the guest rejects when the call ends before the guest writes', async () => {
    let taken: Promise<number> | undefined
    const guest = guests.start({
      'take-future': (future: Promise<number>) => void (taken = future),
    })
    const [readable] = await guest.make('future')
    await guest.do('take-future', readable)
    await guest.finish()
    await expect(taken).rejects.toThrow('its invocation has ended')
  })

  it('of the host that is not read in time is forgotten', async () => {
    const value = Promise.withResolvers<number>()
    const guest = guests.start({ 'give-future': () => value.promise })
    await guest.do('future-read', await guest.do('give-future'), READ_AT)
    await guest.finish()
    value.resolve(7)
    await value.promise
    expect(guest.memory[READ_AT]).toBe(0)
  })

  it('comes back as it was', async () => {
    const promise = Promise.resolve(3)
    const taken: unknown[] = []
    const guest = guests.start({
      'give-future': () => promise,
      'take-future': (future: unknown) => taken.push(future),
    })
    await guest.do('take-future', await guest.do('give-future'))
    expect(taken[0]).toBe(promise)
    await guest.finish()
  })
})
