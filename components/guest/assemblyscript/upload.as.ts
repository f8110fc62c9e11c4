/**
 * Sends a request whose body is written piece by piece, for agents that wait with a stack.
 *
 * @module
 */

import { BLOCKED, DROPPED } from './body-stream.as'
import {
  httpFutureDropWritable, httpFutureNew, httpFutureWriteAsync, httpOpenAsync, httpStreamDropWritable, httpStreamNew,
  httpStreamWrite, subtaskCancel, subtaskDrop,
} from './imports.gen.as'
import { Request } from './message.as'
import { failed, Result } from './result.as'
import { RETURNED, waitFor } from './subtask.as'
import { BodyError, httpOpenedResult, lowerHeaderList, Opened, Redirect } from './types.gen.as'
import { lowerText } from './values.as'

// A request, an optional body and what becomes of a redirect.
const PARAMS_BYTES: usize = 48
// `result<opened, error>`.
const RESULT_BYTES: usize = 44

/** A request that is under way. It ends with `finish` or `abandon`; without them it is broken off when the agent answers. */
export class Upload {
  private readonly status: u32
  private readonly out: usize = heap.alloc(RESULT_BYTES)
  private readonly bytes: u32
  private readonly end: u32
  /** Whether the stream of its body was dropped. */
  private isOver: bool = false
  /** Whether bytes were not taken. */
  private isCut: bool = false
  private isFinished: bool = false

  /** Begins to send `request`, without a body of its own. */
  constructor(request: Request, redirect: Redirect = Redirect.follow) {
    const bytes = httpStreamNew()
    const end = httpFutureNew()
    this.bytes = <u32>(bytes >>> 32)
    this.end = <u32>(end >>> 32)
    const params = heap.alloc(PARAMS_BYTES)
    memory.fill(params, 0, PARAMS_BYTES)
    lowerText(request.method, params)
    lowerText(request.url, params + 8)
    lowerHeaderList(request.headers, params + 16)
    store<u8>(params, 1, 32)
    store<u32>(params, <u32>bytes, 36)
    store<u32>(params, <u32>end, 40)
    store<u8>(params, <u8>redirect, 44)
    this.status = httpOpenAsync(params, this.out)
  }

  /** Returns when `bytes` are sent: whether the other side has taken them all. If it has not, it may have answered. */
  write(bytes: Uint8Array): bool {
    let sent: u32 = 0
    while (sent < <u32>bytes.length) {
      if (this.isOver) {
        this.isCut = true
        return false
      }
      const copied = httpStreamWrite(this.bytes, bytes.dataStart + sent, <u32>bytes.length - sent)
      sent += copied >>> 4
      if ((copied & 15) === DROPPED) this.close()
    }
    return true
  }

  /** Says that the body is whole. Returns when the head of the response is there. */
  finish(): Result<Opened> {
    if (this.isFinished) return failed<Opened>('unknown')
    this.tell(!this.isCut)
    if ((this.status & 15) !== RETURNED) waitFor(this.status >>> 4)
    return httpOpenedResult(this.out)
  }

  /** Breaks the request off: the other side gets no body that looks whole. */
  abandon(): void {
    if (this.isFinished) return
    this.tell(false)
    if ((this.status & 15) === RETURNED) return
    const subtask = this.status >>> 4
    if (subtaskCancel(subtask) !== BLOCKED) subtaskDrop(subtask)
  }

  /** Tells how the body ended, and that there is no more of it. */
  private tell(isWhole: bool): void {
    this.isFinished = true
    const at = heap.alloc(2)
    store<u8>(at, isWhole ? 0 : 1)
    store<u8>(at, <u8>BodyError.unavailable, 1)
    httpFutureWriteAsync(this.end, at)
    httpFutureDropWritable(this.end)
    this.close()
  }

  private close(): void {
    if (!this.isOver) httpStreamDropWritable(this.bytes)
    this.isOver = true
  }
}
