/**
 * Writes the body of a request piece by piece, for agents that wait without a stack.
 *
 * @module
 */

import { BLOCKED, BodyStream, DROPPED } from './body-stream.as'
import { Call } from './call.as'
import {
  httpFutureDropWritable, httpFutureNew, httpFutureWriteAsync, httpStreamCancelWriteAsync, httpStreamDropWritable,
  httpStreamNew, httpStreamWriteAsync,
} from './imports.gen.as'
import { nothing, Outcome } from './result.as'
import { HttpStream } from './streams.gen.as'
import { BodyError } from './types.gen.as'

/** One call for all pieces: after `write` the task hears of it, and may call `write` again. */
export class BodyWriter extends Call {
  /** Passed to `http.open` as the upload. */
  readonly body: BodyStream
  private readonly bytes: u32
  private readonly last: u32
  private at: usize = 0
  private left: u32 = 0
  private isClosed: bool = false
  private isFinished: bool = false

  constructor() {
    super(nothing, 0)
    const bytes = httpStreamNew()
    const end = httpFutureNew()
    this.bytes = <u32>(bytes >>> 32)
    this.last = <u32>(end >>> 32)
    this.body = new HttpStream(<u32>bytes, <u32>end)
  }

  /**
   * Begins to send `bytes`, which stay as they are until they are sent. `error` is `closed` then if the other side has not
   * taken them all: it may have answered.
   */
  write(bytes: Uint8Array): void {
    assert(!this.isFinished)
    this.renew()
    this.at = bytes.dataStart
    this.left = bytes.length
    this.send()
  }

  /** Says that the body is whole, when all of what was written is sent. */
  finish(): void {
    if (this.isFinished) return
    this.isFinished = true
    if (this.waitable === 0) this.tell(this.left === 0)
  }

  /** Breaks the request off: the other side gets no body that looks whole. The task does not hear of the writer again. */
  cancel(): void {
    if (this.isGivenUp) return
    this.isGivenUp = true
    const isUnderWay = this.waitable !== 0
    if (isUnderWay) {
      httpStreamCancelWriteAsync(this.bytes)
      this.unwatch()
    }
    if (!this.isFinished || isUnderWay) this.tell(false)
    this.isFinished = true
  }

  /** Called for an event of the stream. */
  reach(answer: u32): void {
    this.unwatch()
    this.count(answer)
    this.send()
  }

  private send(): void {
    while (this.left > 0 && !this.isClosed) {
      const answer = httpStreamWriteAsync(this.bytes, this.at, this.left)
      if (answer === BLOCKED) return this.watch(this.bytes)
      this.count(answer)
    }
    this.end(this.left > 0 ? new Outcome('closed') : Outcome.ok)
    if (this.isFinished) this.tell(this.left === 0)
  }

  private count(answer: u32): void {
    this.at += answer >>> 4
    this.left -= answer >>> 4
    if ((answer & 15) === DROPPED) this.close()
  }

  /** Tells how the body ended, and that there is no more of it. */
  private tell(isWhole: bool): void {
    const at = heap.alloc(2)
    store<u8>(at, isWhole ? 0 : 1)
    store<u8>(at, <u8>BodyError.unavailable, 1)
    // Without a reader yet: it finds the value there.
    if (httpFutureWriteAsync(this.last, at) !== BLOCKED) httpFutureDropWritable(this.last)
    this.close()
  }

  private close(): void {
    if (!this.isClosed) httpStreamDropWritable(this.bytes)
    this.isClosed = true
  }
}
