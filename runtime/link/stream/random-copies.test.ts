/**
 * Streams in both directions, with chunks, cancellations, ends and drops at random, against a model: no byte is lost,
 * doubled or made up, and each side hears of the end of the other.
 *
 * @module
 */
import fc from 'fast-check'
import { beforeAll, expect, it } from 'vitest'
import {
  READ_AT,
  streamGuest,
  WRITE_AT,
  type RunningGuest,
  type StreamGuest,
} from '../testing/stream-guest.ts'

const BLOCKED = -1
const COMPLETED = 0
const DROPPED = 1
const CANCELLED = 2

let guests: StreamGuest
beforeAll(async () => {
  guests = await streamGuest(' u8', ' u32')
}, 60_000)

const count = fc.oneof(fc.nat(9), fc.nat(5000))
const action = fc.oneof(
  count.map((n) => ({ of: 'guest reads', n })),
  count.map((n) => ({ of: 'guest writes', n })),
  count.map((n) => ({ of: 'host pushes', n })),
  ...['guest waits', 'guest cancels read', 'guest cancels write', 'host reads', 'host reads'].map(
    (of) => fc.constant({ of, n: 0 }),
  ),
  ...[
    'guest drops reader',
    'guest drops writer',
    'guest passes on',
    'host closes',
    'host cancels',
  ].map((of) => fc.constant({ of, n: 0 })),
)

it('streams pass every byte once and in order, whatever is cancelled or dropped', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(action, { maxLength: 80, size: 'max' }), async (actions) => {
      const run = new Run()
      await run.begin()
      for (const { of, n } of actions) await run.act(of, n)
      await run.end()
    }),
    { numRuns: 300 },
  )
}, 60_000)

/** The bytes of both directions are the numbers from 0 on, modulo 251: not a divisor of any buffer. */
function byteAt(position: number): number {
  return position % 251
}

/** One direction, as the guest knows it. */
interface Side {
  handle: number
  /** How many elements the copy that runs asked for. */
  running: number | undefined
  done: boolean
  dropped: boolean
  passed: number
}

class Run {
  readonly #guest: RunningGuest
  readonly #in: Side = { handle: 0, running: undefined, done: false, dropped: false, passed: 0 }
  readonly #out: Side = { handle: 0, running: undefined, done: false, dropped: false, passed: 0 }
  #set = 0
  #input: ReadableStreamDefaultController<Uint8Array> | undefined
  #inputCancelled = false
  #closed = false
  #pushed = 0
  #reader: ReadableStreamDefaultReader<Uint8Array> | undefined
  #rest: Promise<Uint8Array> | undefined
  #hostCancelled = false
  #reads = 0
  #received = 0
  readonly #reading: Promise<void>[] = []

  constructor() {
    const stream = new ReadableStream<Uint8Array>(
      {
        start: (controller) => void (this.#input = controller),
        cancel: () => void (this.#inputCancelled = true),
      },
      { highWaterMark: 0 },
    )
    this.#guest = guests.start({
      'give-stream': () => stream,
      'take-stream': (given: ReadableStream<Uint8Array>) => this.#take(given),
    })
  }

  async begin(): Promise<void> {
    const guest = this.#guest
    this.#set = await guest.do('set-new')
    this.#in.handle = await guest.do('give-stream')
    const [readable, writable] = await guest.make('stream')
    this.#out.handle = writable
    await guest.do('take-stream', readable)
    await guest.do('join', this.#in.handle, this.#set)
    await guest.do('join', writable, this.#set)
  }

  async act(of: string, n: number): Promise<void> {
    const guest = this.#guest
    const input = this.#in
    const output = this.#out
    switch (of) {
      case 'guest reads':
        if (isBusy(input)) return
        return this.#read(n, await guest.do('stream-read', input.handle, READ_AT, n))
      case 'guest writes':
        if (isBusy(output)) return
        for (let at = 0; at < n; at++) guest.memory[WRITE_AT + at] = byteAt(output.passed + at)
        return this.#wrote(n, await guest.do('stream-write', output.handle, WRITE_AT, n))
      case 'guest cancels read':
        if (input.running === undefined) return
        await this.#leave(input)
        await this.#read(input.running, await guest.do('stream-cancel-read', input.handle))
        return this.#join(input)
      case 'guest cancels write':
        if (output.running === undefined) return
        await this.#leave(output)
        await this.#wrote(output.running, await guest.do('stream-cancel-write', output.handle))
        return this.#join(output)
      case 'guest waits': {
        const readEnds =
          input.running !== undefined && (this.#closed || this.#pushed > input.passed)
        const writeEnds = output.running !== undefined && (this.#hostCancelled || this.#reads > 0)
        if (!readEnds && !writeEnds) return
        const [code, handle, payload] = await guest.wait(this.#set)
        expect([input.handle, output.handle][code - 2]).toBe(handle)
        if (code === 2) this.#read(input.running ?? 0, payload)
        else this.#wrote(output.running ?? 0, payload)
        return
      }
      case 'guest drops reader':
        if (input.dropped || input.running !== undefined) return
        input.dropped = true
        await guest.do('stream-drop-readable', input.handle)
        return
      case 'guest drops writer':
        if (output.dropped || output.running !== undefined) return
        output.dropped = true
        await guest.do('stream-drop-writable', output.handle)
        return
      case 'guest passes on':
        if (isBusy(input)) return
        input.dropped = true
        await guest.do('join', input.handle, 0)
        await guest.do('take-stream', input.handle)
        return
      case 'host pushes':
        if (this.#closed || this.#inputCancelled) return
        if (n > 0)
          this.#input?.enqueue(Uint8Array.from({ length: n }, (_, at) => byteAt(this.#pushed + at)))
        this.#pushed += n
        return
      case 'host closes':
        if (this.#closed || this.#inputCancelled) return
        this.#closed = true
        this.#input?.close()
        return
      case 'host reads':
        if (this.#hostCancelled) return
        this.#reads++
        this.#reading.push(this.#receive())
        return
      case 'host cancels':
        this.#hostCancelled = true
        await this.#reader?.cancel()
    }
  }

  /** Lets everything come to rest, and compares the two sides. */
  async end(): Promise<void> {
    for (const of of ['guest cancels read', 'guest cancels write', 'guest drops writer'])
      await this.act(of, 0)
    await Promise.all(this.#reading)
    if (this.#rest !== undefined) await this.#compareRest(this.#rest)
    if (!this.#hostCancelled) expect(this.#received).toBe(this.#out.passed)
    await this.#guest.finish()
    if (!this.#closed) expect(this.#inputCancelled).toBe(true)
  }

  #take(stream: ReadableStream<Uint8Array>): void {
    if (this.#reader === undefined) this.#reader = stream.getReader()
    else this.#rest = new Response(stream).bytes()
  }

  /** The host has read what the guest left of the stream that it passed on. */
  async #compareRest(rest: Promise<Uint8Array>): Promise<void> {
    await this.act('host closes', 0)
    const bytes = await rest
    expect(bytes).toHaveLength(this.#pushed - this.#in.passed)
    for (const [at, byte] of bytes.entries()) expect(byte).toBe(byteAt(this.#in.passed + at))
  }

  async #receive(): Promise<void> {
    const result = await this.#reader?.read()
    this.#reads--
    if (result === undefined || result.done) {
      expect(this.#hostCancelled || this.#out.dropped).toBe(true)
      return
    }
    for (const byte of result.value) expect(byte).toBe(byteAt(this.#received++))
  }

  #read(n: number, packed: number): void {
    const passed = settle(this.#in, n, packed)
    const bytes = this.#guest.memory.subarray(READ_AT, READ_AT + passed)
    for (const [at, byte] of bytes.entries())
      expect(byte).toBe(byteAt(this.#in.passed - passed + at))
    expect(this.#in.passed).toBeLessThanOrEqual(this.#pushed)
    if (this.#in.done) expect([this.#closed, this.#in.passed]).toEqual([true, this.#pushed])
  }

  #wrote(n: number, packed: number): void {
    settle(this.#out, n, packed)
    if (this.#out.done) expect(this.#hostCancelled).toBe(true)
  }

  async #leave({ handle }: Side): Promise<void> {
    await this.#guest.do('join', handle, 0)
  }

  async #join({ handle }: Side): Promise<void> {
    await this.#guest.do('join', handle, this.#set)
  }
}

function isBusy({ running, done, dropped }: Side): boolean {
  return running !== undefined || done || dropped
}

/** Notes the result of a copy of `n` elements. Returns how many were copied. */
function settle(side: Side, n: number, packed: number): number {
  if (packed === BLOCKED) {
    side.running = n
    return 0
  }
  side.running = undefined
  const passed = packed >>> 4
  expect([COMPLETED, DROPPED, CANCELLED]).toContain(packed & 0xf)
  expect(passed).toBeLessThanOrEqual(n)
  side.done = (packed & 0xf) === DROPPED
  side.passed += passed
  return passed
}
