/**
 * The state behind streams of bytes, as in the Streams standard: what a source gives goes into the buffers of readers.
 *
 * A buffer has one owner at a time. It is moved when it comes in and when it goes out, so neither the source nor a reader
 * can write to bytes that the other has.
 *
 * The file is long because this is one machine of states: each of its steps leads to most of the others.
 *
 * @module
 */

import { attempt, resolvedWith } from '../../web/deferred.ts'
import type { Algorithms, Readable, ReadRequest, Source } from '../../web/readable-state.ts'
import { ByteQueue } from './byte-queue.ts'
import { IntoRequests, type ReadIntoRequest } from './into-requests.ts'
import { filledView, ownPullInto, pullIntoOf, takeBuffer, type PullInto } from './pull-into.ts'

/** What fills a stream with bytes. */
export class ByteSource implements Source {
  readonly stream: Readable
  readonly mark: number
  algorithms: Algorithms
  isClosing = false
  isStarted = false
  /** Of the first buffer that is to be filled, once the source has asked for it. */
  request: { end(): void } | undefined
  pulls: PullInto[] = []
  readonly queue = new ByteQueue()
  readonly #ownLength: number | undefined
  #isPulling = false
  #pullsAgain = false

  /** @param ownLength - of the buffers that are made for readers that give none; without it there are none */
  constructor(stream: Readable, algorithms: Algorithms, mark: number, ownLength?: number) {
    this.stream = stream
    stream.source = this
    this.algorithms = algorithms
    this.mark = mark
    this.#ownLength = ownLength
  }

  /** Waits for `started`, a value or a promise, before it pulls. */
  start(started: unknown): void {
    const ready = (): void => {
      this.isStarted = true
      this.#fill()
    }
    resolvedWith(started).then(ready, (reason: unknown) => this.fail(reason))
  }

  get isOpen(): boolean {
    return !this.isClosing && this.stream.state === 'readable'
  }

  get desiredSize(): number | null {
    const { state } = this.stream
    if (state === 'errored') return null
    return state === 'closed' ? 0 : this.mark - this.queue.total
  }

  enqueue(chunk: ArrayBufferView): void {
    if (!this.isOpen) return
    const { byteOffset, byteLength } = chunk
    const buffer = takeBuffer(chunk.buffer)
    const [first] = this.pulls
    if (first !== undefined) {
      if (first.buffer.detached) {
        throw new TypeError('Cannot enqueue a chunk: the buffer of the request was moved away')
      }
      this.#endRequest()
      first.buffer = takeBuffer(first.buffer)
      if (first.owner === 'none') this.#keepFilled(first)
    }
    const { reader } = this.stream
    if (reader?.into !== undefined) {
      this.queue.add(buffer, byteOffset, byteLength)
      this.#hand(this.#takeFilled())
    } else {
      this.#serveFromQueue()
      const request = reader?.requests.shift()
      if (request === undefined) this.queue.add(buffer, byteOffset, byteLength)
      else {
        // The source gave a chunk of its own instead of filling the buffer that was made for it.
        this.pulls.shift()
        request.chunk(new Uint8Array(buffer, byteOffset, byteLength))
      }
    }
    this.#fill()
  }

  close(): void {
    if (!this.isOpen) return
    if (this.queue.total > 0) {
      this.isClosing = true
      return
    }
    const [first] = this.pulls
    if (first !== undefined && first.filled % first.elementSize !== 0) {
      const error = new TypeError('Cannot close the stream: a part of an element is left over')
      this.fail(error)
      throw error
    }
    this.algorithms = {}
    this.stream.close()
  }

  fail(reason: unknown): void {
    if (this.stream.state !== 'readable') return
    this.#clear()
    this.algorithms = {}
    this.stream.fail(reason)
  }

  cancel(reason: unknown): Promise<unknown> {
    const { cancel } = this.algorithms
    this.#clear()
    this.algorithms = {}
    return cancel === undefined ? Promise.resolve() : attempt(() => cancel(reason))
  }

  release(): void {
    const [first] = this.pulls
    if (first === undefined) return
    // The source may be about to fill it: its bytes are for the next reader.
    first.owner = 'none'
    this.pulls = [first]
  }

  pull(request: ReadRequest): void {
    if (this.queue.total > 0) return this.#serve(request)
    if (this.#ownLength !== undefined) {
      try {
        this.pulls.push(ownPullInto(this.#ownLength))
      } catch (error) {
        return request.error(error)
      }
    }
    this.stream.reader?.requests.push(request)
    this.#fill()
  }

  /** @param least - in elements of `view` */
  pullInto(view: ArrayBufferView, least: number, request: ReadIntoRequest): void {
    let pull: PullInto
    try {
      pull = pullIntoOf(view, least)
    } catch (error) {
      return request.error(error)
    }
    if (this.pulls.length === 0) {
      if (this.stream.state === 'closed') return request.close(filledView(pull))
      if (this.queue.total > 0) {
        if (this.queue.fill(pull)) {
          const filled = filledView(pull)
          this.#drained()
          return request.chunk(filled)
        }
        if (this.isClosing) {
          const error = new TypeError('Cannot read: the stream ends with a part of an element')
          this.fail(error)
          return request.error(error)
        }
      }
    }
    this.pulls.push(pull)
    this.#requests().push(request)
    this.#fill()
  }

  /** Takes `length` bytes, which the source has written into `buffer`, as the next of the first buffer to be filled. */
  respond(length: number, buffer: ArrayBufferLike): void {
    const [first] = this.pulls
    if (first === undefined) return
    const isClosed = this.stream.state === 'closed'
    if (isClosed !== (length === 0)) {
      const state = isClosed ? 'the stream is closed, which takes none' : 'not one was written'
      throw new TypeError(`Cannot respond with ${length} bytes: ${state}`)
    }
    if (first.filled + length > first.length) {
      throw new RangeError(`Cannot respond with ${length} bytes: more than were asked for`)
    }
    first.buffer = takeBuffer(buffer)
    this.#endRequest()
    if (isClosed) this.#respondClosed(first)
    else this.#respondReadable(length, first)
    this.#fill()
  }

  #respondClosed(first: PullInto): void {
    if (first.owner === 'none') this.pulls.shift()
    if (this.stream.reader?.into === undefined) return
    this.#hand(this.pulls.splice(0, this.#requests().length))
  }

  #respondReadable(length: number, first: PullInto): void {
    first.filled += length
    if (first.owner === 'none') {
      this.#keepFilled(first)
      return this.#hand(this.#takeFilled())
    }
    if (first.filled < first.minimum) return
    this.pulls.shift()
    const over = first.filled % first.elementSize
    const end = first.offset + first.filled
    if (over > 0) this.queue.add(first.buffer.slice(end - over, end), 0, over)
    first.filled -= over
    this.#hand([first, ...this.#takeFilled()])
  }

  /** Keeps the bytes of a buffer whose reader has let go, as if they had been enqueued. */
  #keepFilled({ buffer, offset, filled }: PullInto): void {
    if (filled > 0) this.queue.add(buffer.slice(offset, offset + filled), 0, filled)
    this.pulls.shift()
  }

  /** The buffers that the queue fills, in order. */
  #takeFilled(): PullInto[] {
    let count = 0
    for (const pull of this.pulls) {
      if (this.queue.total === 0 || !this.queue.fill(pull)) break
      count++
    }
    return this.pulls.splice(0, count)
  }

  /** Gives each buffer to who asked for it. */
  #hand(pulls: readonly PullInto[]): void {
    const isDone = this.stream.state === 'closed'
    for (const pull of pulls) {
      const view = filledView(pull)
      const { reader } = this.stream
      if (pull.owner === 'default') reader?.requests.shift()?.chunk(view)
      else if (isDone) this.#requests().shift()?.close(view)
      else this.#requests().shift()?.chunk(view)
    }
  }

  /** Those of the BYOB reader that has the stream. */
  #requests(): ReadIntoRequest[] {
    const into = this.stream.reader?.into
    return into instanceof IntoRequests ? into.list : []
  }

  #serveFromQueue(): void {
    const { reader } = this.stream
    while (reader !== undefined && this.queue.total > 0) {
      const request = reader.requests.shift()
      if (request === undefined) return
      this.#serve(request)
    }
  }

  #serve(request: ReadRequest): void {
    const chunk = this.queue.shift()
    this.#drained()
    request.chunk(chunk)
  }

  /** After bytes were taken from the queue. */
  #drained(): void {
    if (this.queue.total > 0 || !this.isClosing) return this.#fill()
    this.algorithms = {}
    this.stream.close()
  }

  get #wants(): boolean {
    if (!this.isOpen || !this.isStarted) return false
    const { reader } = this.stream
    return (
      (reader !== undefined && reader.requests.length > 0) ||
      this.#requests().length > 0 ||
      this.mark > this.queue.total
    )
  }

  /** Pulls, if more is wanted. */
  #fill(): void {
    if (!this.#wants) return
    if (this.#isPulling) {
      this.#pullsAgain = true
      return
    }
    const { pull } = this.algorithms
    this.#isPulling = true
    attempt(() => pull?.()).then(
      () => {
        this.#isPulling = false
        if (!this.#pullsAgain) return
        this.#pullsAgain = false
        this.#fill()
      },
      (reason: unknown) => this.fail(reason),
    )
  }

  #endRequest(): void {
    this.request?.end()
    this.request = undefined
  }

  #clear(): void {
    this.#endRequest()
    this.pulls = []
    this.queue.clear()
  }
}
