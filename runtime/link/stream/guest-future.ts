/**
 * A future that a guest made. Its readable end is with a guest of the same store, or with the host.
 *
 * @module
 */

import type { Elements } from '../../abi/index.ts'
import type { OpenCall, OpenCalls } from '../call/open-calls.ts'
import type { Store } from '../store.ts'
import { CANCELLED, COMPLETED, DROPPED, type CopyEnd, type Shared } from './copy-end.ts'
import { invocationEnded } from './ended.ts'
import { checkInstances } from './guest-stream.ts'

export class GuestFuture implements Shared, OpenCall {
  readonly elements: Elements
  #pending: CopyEnd | undefined
  #dropped = false
  /** Made for one end, for the other to share: a store renews both, one after the other. */
  #renewed: GuestFuture | undefined
  #host: PromiseWithResolvers<unknown> | undefined
  #calls: OpenCalls | undefined

  constructor(elements: Elements) {
    this.elements = elements
  }

  copy(store: Store, end: CopyEnd): void {
    if (this.#host !== undefined) return this.#tellHost(store, end)
    if (this.#dropped) return end.finish(DROPPED)
    const other = this.#pending
    if (other === undefined) {
      this.#pending = end
      return
    }
    checkInstances(end, other)
    const [source, target] = end.readable ? [other, end] : [end, other]
    source.buffer.copyTo(store, target.buffer)
    this.#pending = undefined
    other.finish(COMPLETED)
    end.finish(COMPLETED)
  }

  cancel(end: CopyEnd): void {
    this.#pending = undefined
    end.finish(CANCELLED)
  }

  drop(_end: CopyEnd): void {
    if (this.#dropped) return
    this.#dropped = true
    const pending = this.#pending
    this.#pending = undefined
    pending?.finish(DROPPED)
  }

  reclaim(end: CopyEnd): void {
    if (this.#pending === end) this.#pending = undefined
  }

  renew(): GuestFuture | undefined {
    if (this.#host !== undefined) return undefined
    const first = this.#renewed
    this.#renewed = undefined
    if (first !== undefined) return first
    const renewed = new GuestFuture(this.elements)
    renewed.#dropped = this.#dropped
    // Where one end was dropped there is no other to wait for.
    if (!this.#dropped) this.#renewed = renewed
    return renewed
  }

  toHost(store: Store, calls: OpenCalls): unknown {
    const host = Promise.withResolvers<unknown>()
    // A host that does not look at it must not be ended by an unhandled rejection.
    host.promise.catch(() => {})
    this.#host = host
    this.#calls = calls
    calls.add(this)
    const pending = this.#pending
    this.#pending = undefined
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
