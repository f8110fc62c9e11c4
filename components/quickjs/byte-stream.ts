/**
 * Bodies that arrive, and bodies that are sent while they are made, for scripts.
 *
 * To a script each is an object, and only this file knows the handles of its ends. So an end is used only for what it is
 * there for, and once it is dropped it is not used again, whatever a script calls and how often.
 *
 * @module
 */
import { natives, type Ends, type Later } from './natives.ts'
import { forget, when } from './pending.ts'

// Of `natives.dropEnd`.
const READABLE = 0
const WRITABLE = 1
const FUTURE = 2
// Of a write: 4 bits for how it ended, and the number of bytes.
const COUNT_SHIFT = 4
const RESULT_BITS = 15
const DROPPED = 1
// The case of the error of a body that is not whole: `unavailable`, behind "no error".
const BROKEN_OFF = 3

/** Takes the ends of a body, for the host to read. Throws when they are gone. */
export let takeEnds: (stream: ByteStream) => Ends

/** A body that arrives. */
export class ByteStream {
  #bytes: number
  readonly #end: number
  #state: 'idle' | 'reading' | 'ended' | 'over' = 'idle'
  #error: unknown

  static {
    takeEnds = (stream) => {
      if (stream.#state !== 'idle') throw new TypeError('Cannot send a body: it is in use')
      stream.#state = 'over'
      return [stream.#bytes, stream.#end]
    }
  }

  constructor(ends: Ends, key: typeof natives) {
    // Which no script has.
    if (key !== natives) throw new TypeError('Cannot construct a ByteStream: the host makes them')
    this.#bytes = ends[0]
    this.#end = ends[1]
  }

  /**
   * The next bytes, at once when they are there; nothing at the end. One read at a time.
   *
   * @throws the error of the body, with its case as `payload`
   */
  read(): Later<Uint8Array | undefined> {
    switch (this.#state) {
      case 'reading':
        throw new TypeError('Cannot read a body: a read is under way')
      case 'ended':
        return this.#outcome()
      case 'over':
        if (this.#error !== undefined) throw this.#error
        return undefined
    }
    this.#state = 'reading'
    return when(natives.readStream(this.#bytes), (chunk) => this.#take(chunk))
  }

  /** Gives the rest up: a read that is under way finds no more. The second time it does nothing. */
  cancel(): void {
    const state = this.#state
    this.#state = 'over'
    if (state === 'over') return
    if (state === 'reading') {
      // Of the stream, or of the future when the stream has ended.
      const handle = this.#bytes === 0 ? this.#end : this.#bytes
      natives.cancelCopy(handle)
      forget(handle)?.resolve(undefined)
    }
    if (this.#bytes !== 0) natives.dropEnd(this.#bytes, READABLE)
    natives.dropEnd(this.#end, READABLE + FUTURE)
  }

  #take(chunk: Uint8Array | [last: Uint8Array] | null): Later<Uint8Array | undefined> {
    this.#state = 'idle'
    if (chunk instanceof Uint8Array) return chunk
    natives.dropEnd(this.#bytes, READABLE)
    this.#bytes = 0
    this.#state = 'ended'
    return chunk === null ? this.#outcome() : chunk[0]
  }

  /** Asks whether that was all. */
  #outcome(): Later<undefined> {
    this.#state = 'reading'
    try {
      const outcome = natives.readFuture(this.#end)
      if (outcome === undefined) return this.#close()
      return outcome.then(
        () => this.#close(),
        (error: unknown) => this.#fail(error),
      )
    } catch (error) {
      return this.#fail(error)
    }
  }

  #close(): undefined {
    if (this.#state === 'over') return
    this.#state = 'over'
    natives.dropEnd(this.#end, READABLE + FUTURE)
  }

  #fail(error: unknown): never {
    this.#close()
    this.#error = error
    throw error
  }
}

/** A body that is sent while it is made. */
export class ByteSink {
  /** What the host reads. */
  readonly stream: ByteStream
  #bytes: number
  #end: number
  #isWriting = false

  constructor() {
    const [bytes, end, writableBytes, writableEnd] = natives.makeEnds()
    this.stream = new ByteStream([bytes, end], natives)
    this.#bytes = writableBytes
    this.#end = writableEnd
  }

  /** Returns whether the host has taken all of `bytes`, once it has: otherwise it wants no more. One write at a time. */
  write(bytes: Uint8Array): Later<boolean> {
    if (this.#isWriting) throw new TypeError('Cannot write to a body: a write is under way')
    if (this.#bytes === 0) return false
    if (bytes.length === 0) return true
    this.#isWriting = true
    return when(natives.writeStream(this.#bytes, bytes), (status) => {
      this.#isWriting = false
      const count = status >>> COUNT_SHIFT
      if ((status & RESULT_BITS) === DROPPED) return false
      return count < bytes.length ? this.write(bytes.subarray(count)) : true
    })
  }

  /** Ends the body, which is all there or was broken off. The second time it does nothing. */
  end(isWhole: boolean): void {
    const bytes = this.#bytes
    if (bytes === 0) return
    this.#bytes = 0
    if (this.#isWriting) {
      natives.cancelCopy(bytes)
      forget(bytes)?.resolve(false)
    }
    this.#isWriting = false
    const end = this.#end
    // First, so that it is there when the stream ends.
    const written = natives.writeFuture(end, isWhole ? 0 : BROKEN_OFF)
    natives.dropEnd(bytes, WRITABLE)
    void when(written, () => natives.dropEnd(end, WRITABLE + FUTURE))
  }
}
