/**
 * Both ends of one stream with a guest, its built-ins in any order, against the rules of the canonical ABI written down
 * once more: results, events and bytes are the same.
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

const READABLE = 1
const WRITABLE = 2
const SET = 3
const EVENT_AT = 128
const BLOCKED = -1
const COMPLETED = 0
const DROPPED = 1
const CANCELLED = 2

let guests: StreamGuest
beforeAll(async () => {
  guests = await streamGuest(' u8', ' u32')
}, 60_000)

const operation = fc.oneof(
  fc.record({ of: fc.constantFrom('read', 'write'), n: fc.nat(5) }),
  fc.record({
    of: fc.constantFrom('cancel-read', 'cancel-write', 'poll', 'poll'),
    n: fc.constant(0),
  }),
  fc.record({ of: fc.constantFrom('drop-readable', 'drop-writable'), n: fc.constant(0) }),
)

it('the ends of a stream follow the rules in any order', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(operation, { maxLength: 40, size: 'max' }), async (operations) => {
      const guest = guests.start()
      await guest.make('stream')
      await guest.do('set-new')
      const model = new Model()
      for (const { of, n } of operations) {
        if (!model.allows(of)) continue
        expect([of, n, await run(guest, model, of, n)]).toEqual([of, n, model.run(of, n)])
      }
      expect([...guest.memory.subarray(READ_AT, READ_AT + 5)]).toEqual(model.memory)
      await guest.finish()
    }),
    { numRuns: 300 },
  )
}, 60_000)

async function run(guest: RunningGuest, model: Model, of: string, n: number): Promise<unknown> {
  switch (of) {
    case 'read':
      return guest.do('stream-read', READABLE, READ_AT, n)
    case 'write':
      guest.memory.set(model.bytes(n), WRITE_AT)
      return guest.do('stream-write', WRITABLE, WRITE_AT, n)
    case 'poll': {
      // Only while it polls: copies of ends in a set cannot be cancelled in the middle of code.
      const ends = model.ends()
      for (const end of ends) await guest.do('join', end, SET)
      const code = await guest.do('set-poll', SET, EVENT_AT)
      const view = new DataView(guest.memory.buffer)
      const payload = view.getUint32(EVENT_AT + 4, true)
      for (const end of ends) await guest.do('join', end, 0)
      return [code, payload]
    }
    default:
      return guest.do(
        `stream-${of}`,
        of.endsWith('read') || of.endsWith('readable') ? READABLE : WRITABLE,
      )
  }
}

interface End {
  state: 'idle' | 'copying' | 'done' | 'gone'
  length: number
  progress: number
  /** An event that the guest has not taken. */
  result: number | undefined
}

class Model {
  readonly #r: End = { state: 'idle', length: 0, progress: 0, result: undefined }
  readonly #w: End = { state: 'idle', length: 0, progress: 0, result: undefined }
  readonly memory: number[] = [0, 0, 0, 0, 0]
  #pending: End | undefined
  #dropped = false
  #next = 1
  #source: number[] = []

  bytes(n: number): number[] {
    return Array.from({ length: n }, (_, at) => (this.#next + at) % 256)
  }

  ends(): number[] {
    return [
      ...(this.#r.state === 'gone' ? [] : [READABLE]),
      ...(this.#w.state === 'gone' ? [] : [WRITABLE]),
    ]
  }

  allows(of: string): boolean {
    const end = of.endsWith('read') || of.endsWith('readable') ? this.#r : this.#w
    if (of === 'poll') return true
    if (of.startsWith('cancel')) return end.state === 'copying'
    if (of.startsWith('drop')) return end.state === 'idle' || end.state === 'done'
    return end.state === 'idle'
  }

  run(of: string, n: number): unknown {
    switch (of) {
      case 'read':
        return this.#copy(this.#r, this.#w, n)
      case 'write':
        this.#source = this.bytes(n)
        this.#next += n
        return this.#copy(this.#w, this.#r, n)
      case 'cancel-read':
        return this.#cancel(this.#r)
      case 'cancel-write':
        return this.#cancel(this.#w)
      case 'drop-readable':
        return this.#drop(this.#r)
      case 'drop-writable':
        return this.#drop(this.#w)
      default:
        return this.#poll()
    }
  }

  #copy(end: End, other: End, n: number): number {
    Object.assign(end, { state: 'copying', length: n, progress: 0, result: undefined })
    if (this.#dropped) this.#tell(end, DROPPED)
    else if (this.#pending === undefined) this.#pending = end
    else if (remain(other) > 0) {
      if (n > 0) {
        this.#transfer(Math.min(n, remain(other)))
        this.#tell(other, COMPLETED)
      }
      this.#tell(end, COMPLETED)
    } else if (end === this.#w && n === 0 && other.length === 0) this.#tell(end, COMPLETED)
    else {
      this.#tell(other, COMPLETED)
      this.#pending = end
    }
    return end.result === undefined ? BLOCKED : this.#take(end)
  }

  #transfer(count: number): void {
    for (let at = 0; at < count; at++) {
      this.memory[this.#r.progress++] = this.#source[this.#w.progress++] ?? 0
    }
  }

  #cancel(end: End): number {
    if (end.result === COMPLETED && remain(end) > 0) end.result = CANCELLED
    if (end.result === undefined) {
      this.#pending = undefined
      end.result = CANCELLED
    }
    return this.#take(end)
  }

  #drop(end: End): number {
    end.state = 'gone'
    if (!this.#dropped) {
      this.#dropped = true
      const pending = this.#pending
      this.#pending = undefined
      if (pending !== undefined) this.#tell(pending, DROPPED)
    }
    return 0
  }

  #poll(): [code: number, payload: number] {
    // An end that joins a set is in line behind those that joined before.
    if (this.#r.result !== undefined) return [2, this.#take(this.#r)]
    if (this.#w.result !== undefined) return [3, this.#take(this.#w)]
    return [0, 0]
  }

  #tell(end: End, result: number): void {
    end.result = result
  }

  #take(end: End): number {
    const { result = 0, progress } = end
    end.result = undefined
    end.state = result === DROPPED ? 'done' : 'idle'
    if (this.#pending === end) this.#pending = undefined
    return result | (progress << 4)
  }
}

function remain({ length, progress }: End): number {
  return length - progress
}
