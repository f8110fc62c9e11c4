/**
 * The readable end of a guest's stream, with the host: a `ReadableStream`.
 *
 * A chunk is a run of elements: a typed array of numbers, an array, or a number of elements without a value. The guest's
 * write ends when the host asks for it. Until then at most one chunk of it is held here. It is taken at the time of the
 * write, so the host gets it also while its guest is elsewhere. Elements with handles, and those that point to more, stay
 * with the guest until it hears that the host wants them: a write that is cancelled gives nothing away, and the bytes that
 * are held here can be counted before they are taken.
 *
 * @module
 */

import { countOf, type Elements, type Values } from '../../abi/index.ts'
import type { OpenCall, OpenCalls } from '../call/open-calls.ts'
import type { Store } from '../store.ts'
import { COMPLETED, CANCELLED, DROPPED, type CopyEnd } from './copy-end.ts'
import { invocationEnded } from './ended.ts'
import type { GuestBuffer } from './guest-buffer.ts'

/** The most that one chunk counts for: what guests write at once, mostly. */
export const MAX_CHUNK_BYTES = 65_536

// Of all streams of one instance. A guest may have a hundred thousand streams.
const MAX_HELD_BYTES = 2 ** 22

interface Write {
  readonly end: CopyEnd
  readonly count: number
  /** Undefined when they are still with the guest. */
  readonly values: Values | undefined
}

export class HostReader implements OpenCall {
  readonly stream: ReadableStream<unknown>
  readonly #elements: Elements
  readonly #calls: OpenCalls
  #controller: ReadableStreamDefaultController<unknown> | undefined
  /** Whether the host waits for a chunk. */
  #wanted = false
  #closed = false
  #write: Write | undefined

  constructor(elements: Elements, calls: OpenCalls) {
    this.#elements = elements
    this.#calls = calls
    calls.add(this)
    const source: UnderlyingDefaultSource<unknown> = {
      start: (controller) => void (this.#controller = controller),
      pull: () => this.#pull(),
      cancel: () => this.#gone(),
    }
    // Without a queue of its own: the guest goes on when the host reads, not before.
    this.stream = new ReadableStream(source, { highWaterMark: 0 })
  }

  /** The guest writes. */
  write(store: Store, end: CopyEnd): void {
    if (this.#closed) return end.finish(DROPPED)
    const { buffer } = end
    const count = Math.min(buffer.remain, mostOf(this.#elements))
    if (!this.#wanted) {
      const values = this.#holds(count) ? buffer.peek(store, count) : undefined
      this.#write = { end, count, values }
      if (values !== undefined) this.#calls.heldBytes += count * this.#elements.weight
      return end.waitForHost(store)
    }
    if (count > 0) this.#pass(buffer, buffer.peek(store, count))
    end.finish(COMPLETED)
  }

  /** The guest takes back its write. */
  cancel(): void {
    this.#takeWrite()?.end.finish(CANCELLED)
  }

  /** The guest has dropped its end. */
  close(): void {
    if (this.#closed) return
    this.#leave()
    this.#controller?.close()
  }

  sever(reason: unknown): void {
    if (this.#closed) return
    this.#leave()
    this.#controller?.error(invocationEnded('stream', reason))
  }

  #pull(): void {
    this.#wanted = true
    const write = this.#takeWrite()
    if (write === undefined) return
    const { end, values, count } = write
    const { buffer } = end
    if (values === undefined && count > 0) {
      end.finishWith((store) => {
        if (this.#closed) end.finish(DROPPED)
        else this.#pass(buffer, buffer.peek(store, count))
      })
      return
    }
    if (values !== undefined && count > 0) this.#pass(buffer, values)
    end.finish(COMPLETED)
  }

  #pass(buffer: GuestBuffer, values: Values): void {
    this.#wanted = false
    buffer.progress += countOf(values)
    this.#controller?.enqueue(values)
  }

  /** The host has cancelled the stream. */
  #gone(): void {
    this.#closed = true
    this.#calls.delete(this)
    this.#takeWrite()?.end.finish(DROPPED)
  }

  #leave(): void {
    this.#closed = true
    this.#calls.delete(this)
    this.#takeWrite()
  }

  #takeWrite(): Write | undefined {
    const write = this.#write
    this.#write = undefined
    if (write?.values !== undefined) this.#calls.heldBytes -= write.count * this.#elements.weight
    return write
  }

  #holds(count: number): boolean {
    const { selfContained, weight } = this.#elements
    return selfContained && this.#calls.heldBytes + count * weight <= MAX_HELD_BYTES
  }
}

function mostOf({ weight }: Elements): number {
  return weight === 0 ? Number.MAX_SAFE_INTEGER : Math.max(1, Math.floor(MAX_CHUNK_BYTES / weight))
}
