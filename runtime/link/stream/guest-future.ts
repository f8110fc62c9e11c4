/**
 * A future that a guest made. Its readable end is with a guest of the same store, or with the host.
 *
 * @module
 */

import type { OpenCall, OpenCalls } from '../call/open-calls.ts'
import type { Store } from '../store.ts'
import { COMPLETED, DROPPED, type CopyEnd } from './copy-end.ts'
import { invocationEnded } from './ended.ts'
import { checkInstances, Meeting } from './meeting.ts'

export class GuestFuture extends Meeting implements OpenCall {
  #host: PromiseWithResolvers<unknown> | undefined
  #calls: OpenCalls | undefined

  protected get isWithHost(): boolean {
    return this.#host !== undefined
  }

  protected anew(): GuestFuture {
    return new GuestFuture(this.elements)
  }

  copy(store: Store, end: CopyEnd): void {
    if (this.#host !== undefined) return this.#tellHost(store, end)
    if (this.dropped) return end.finish(DROPPED)
    const other = this.pending
    if (other === undefined) {
      this.pending = end
      return
    }
    checkInstances(end, other)
    const [source, target] = end.readable ? [other, end] : [end, other]
    source.buffer.copyTo(store, target.buffer)
    this.pending = undefined
    other.finish(COMPLETED)
    end.finish(COMPLETED)
  }

  toHost(store: Store, calls: OpenCalls): unknown {
    const host = Promise.withResolvers<unknown>()
    // A host that does not look at it must not be ended by an unhandled rejection.
    host.promise.catch(() => {})
    this.#host = host
    this.#calls = calls
    calls.add(this)
    const pending = this.takePending()
    if (pending !== undefined) this.#tellHost(store, pending)
    return host.promise
  }

  sever(reason: unknown): void {
    this.#host?.reject(invocationEnded('future', reason))
  }

  #tellHost(store: Store, end: CopyEnd): void {
    const { buffer } = end
    const values = buffer.peek(store, 1)
    buffer.progress = 1
    this.#calls?.delete(this)
    this.#host?.resolve(typeof values === 'number' ? undefined : values[0])
    end.finish(COMPLETED)
  }
}
