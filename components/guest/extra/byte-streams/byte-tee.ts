/**
 * The two branches of a stream of bytes, as in the Streams standard. Each is one of bytes itself: a buffer that the reader
 * of a branch brings is filled by the stream, and the other branch gets a copy.
 *
 * @module
 */

import { Deferred } from '../../web/deferred.ts'
import { Readable, Reader } from '../../web/readable-state.ts'
import { ByteSource } from './byte-source.ts'
import { IntoReader } from './into-reader.ts'

/** A source whose stream can be split. */
export class BranchingSource extends ByteSource {
  /** Called by `tee` of the stream. */
  tee(): [Readable, Readable] {
    return new Tee(this.stream).streams()
  }
}

interface Branch {
  readonly source: BranchingSource
  isCancelled: boolean
  reason: unknown
  readsAgain: boolean
}

class Tee {
  readonly #stream: Readable
  #reader: Reader
  readonly #cancelled = new Deferred<unknown>()
  readonly #branches: readonly Branch[]
  #isReading = false

  constructor(stream: Readable) {
    this.#stream = stream
    this.#reader = new Reader(stream)
    this.#branches = [this.#branch(), this.#branch()]
    for (const { source } of this.#branches) source.start(undefined)
    this.#passFailure()
  }

  streams(): [Readable, Readable] {
    const [first, second] = this.#branches.map(({ source }) => source.stream)
    return [first as Readable, second as Readable]
  }

  #branch(): Branch {
    const branch: Branch = {
      source: new BranchingSource(
        new Readable(),
        { pull: () => this.#pull(branch), cancel: (reason) => this.#cancel(branch, reason) },
        0,
      ),
      isCancelled: false,
      reason: undefined,
      readsAgain: false,
    }
    return branch
  }

  #cancel(branch: Branch, reason: unknown): Promise<unknown> {
    branch.isCancelled = true
    branch.reason = reason
    if (this.#left().length === 0) {
      this.#cancelled.resolve(this.#stream.cancel(this.#branches.map((each) => each.reason)))
    }
    return this.#cancelled.promise
  }

  #left(): Branch[] {
    return this.#branches.filter(({ isCancelled }) => !isCancelled)
  }

  #settle(): void {
    if (this.#left().length > 0) this.#cancelled.resolve(undefined)
  }

  #fail(reason: unknown): void {
    for (const { source } of this.#branches) source.fail(reason)
  }

  /** Of the reader that there is now; one that was let go of says nothing more. */
  #passFailure(): void {
    const reader = this.#reader
    reader.closed.promise.catch((reason: unknown) => {
      if (reader !== this.#reader) return
      this.#fail(reason)
      this.#settle()
    })
  }

  #pull(branch: Branch): void {
    if (this.#isReading) {
      branch.readsAgain = true
      return
    }
    this.#isReading = true
    const [asked] = branch.source.pulls
    if (asked === undefined) return this.#readChunk()
    const { buffer, offset, length, filled } = asked
    this.#readInto(branch, new Uint8Array(buffer, offset + filled, length - filled))
  }

  #readChunk(): void {
    if (this.#reader instanceof IntoReader) {
      this.#reader.release()
      this.#reader = new Reader(this.#stream)
      this.#passFailure()
    }
    this.#stream.read({
      chunk: (chunk) =>
        this.#later(() => {
          const [first, second] = this.#left()
          const bytes = chunk as Uint8Array
          const copy = second === undefined ? bytes : this.#copy(bytes)
          if (copy === undefined) return
          first?.source.enqueue(bytes)
          second?.source.enqueue(copy)
        }),
      close: () => {
        this.#isReading = false
        const left = this.#left()
        for (const { source } of left) source.close()
        for (const { source } of this.#branches) respondNothing(source)
        this.#settle()
      },
      error: () => void (this.#isReading = false),
    })
  }

  #readInto(branch: Branch, view: Uint8Array): void {
    if (!(this.#reader instanceof IntoReader)) {
      this.#reader.release()
      this.#reader = new IntoReader(this.#stream)
      this.#passFailure()
    }
    const other = this.#branches.find((each) => each !== branch) as Branch
    ;(this.#reader as IntoReader).read(view, 1, {
      chunk: (chunk) =>
        this.#later(() => {
          const copy = other.isCancelled ? undefined : this.#copy(chunk)
          if (copy === undefined && !other.isCancelled) return
          if (!branch.isCancelled) branch.source.respond(chunk.byteLength, chunk.buffer)
          if (copy !== undefined) other.source.enqueue(copy)
        }),
      close: (chunk) => {
        this.#isReading = false
        for (const { source } of this.#left()) source.close()
        if (chunk !== undefined) {
          if (!branch.isCancelled) branch.source.respond(0, chunk.buffer)
          if (!other.isCancelled) respondNothing(other.source)
        }
        this.#settle()
      },
      error: () => void (this.#isReading = false),
    })
  }

  /** Runs `step` later: an error of the source that has come with the chunk is to be seen first. */
  #later(step: () => void): void {
    queueMicrotask(() => {
      for (const branch of this.#branches) branch.readsAgain = false
      step()
      this.#isReading = false
      const again = this.#branches.find(({ readsAgain }) => readsAgain)
      if (again !== undefined) this.#pull(again)
    })
  }

  /** A copy of `chunk`. Without room for one all ends, and there is none. */
  #copy({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array | undefined {
    try {
      return new Uint8Array(buffer.slice(byteOffset, byteOffset + byteLength))
    } catch (error) {
      this.#fail(error)
      this.#cancelled.resolve(this.#stream.cancel(error))
      return undefined
    }
  }
}

/** Gives back, empty, a buffer that the reader of a closed stream waits for. */
function respondNothing(source: ByteSource): void {
  const [first] = source.pulls
  if (first !== undefined) source.respond(0, first.buffer)
}
