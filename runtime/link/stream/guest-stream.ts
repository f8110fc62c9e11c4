/**
 * A stream that a guest made. Its readable end is with a guest of the same store, or with the host.
 *
 * @module
 */

import { trap, type Elements } from '../../abi/index.ts'
import type { OpenCalls } from '../call/open-calls.ts'
import type { Store } from '../store.ts'
import { CANCELLED, COMPLETED, DROPPED, type CopyEnd, type Shared } from './copy-end.ts'
import { HostReader } from './host-reader.ts'

export class GuestStream implements Shared {
  readonly elements: Elements
  /** The end whose copy waits for the other end. */
  #pending: CopyEnd | undefined
  #dropped = false
  /** Made for one end, for the other to share: a store renews both, one after the other. */
  #renewed: GuestStream | undefined
  #host: HostReader | undefined

  constructor(elements: Elements) {
    this.elements = elements
  }

  copy(store: Store, end: CopyEnd): void {
    if (this.#host !== undefined) return this.#host.write(store, end)
    if (this.#dropped) return end.finish(DROPPED)
    const other = this.#pending
    if (other === undefined) this.#pending = end
    else this.#meet(store, end, other)
  }

  cancel(end: CopyEnd): void {
    if (this.#host !== undefined) return this.#host.cancel()
    this.#pending = undefined
    end.finish(CANCELLED)
  }

  drop(_end: CopyEnd): void {
    this.#host?.close()
    if (this.#dropped) return
    this.#dropped = true
    const pending = this.#pending
    this.#pending = undefined
    pending?.finish(DROPPED)
  }

  reclaim(end: CopyEnd): void {
    if (this.#pending === end) this.#pending = undefined
  }

  renew(): GuestStream | undefined {
    if (this.#host !== undefined) return undefined
    const first = this.#renewed
    this.#renewed = undefined
    if (first !== undefined) return first
    const renewed = new GuestStream(this.elements)
    renewed.#dropped = this.#dropped
    // Where one end was dropped there is no other to wait for.
    if (!this.#dropped) this.#renewed = renewed
    return renewed
  }

  toHost(store: Store, calls: OpenCalls): unknown {
    const host = new HostReader(this.elements, calls)
    this.#host = host
    const pending = this.#pending
    this.#pending = undefined
    if (this.#dropped) host.close()
    // One that has ended and that its guest has not heard of keeps its result.
    else if (pending !== undefined && !pending.ready) host.write(store, pending)
    return host.stream
  }

  #meet(store: Store, end: CopyEnd, other: CopyEnd): void {
    checkInstances(end, other)
    if (other.buffer.remain > 0) {
      if (end.buffer.remain > 0) {
        const [source, target] = end.readable ? [other, end] : [end, other]
        source.buffer.copyTo(store, target.buffer)
        // Its buffer can take or give more until the guest takes the event.
        other.finish(COMPLETED)
      }
      end.finish(COMPLETED)
    } else if (!end.readable && end.buffer.length === 0 && other.buffer.length === 0) {
      end.finish(COMPLETED)
    } else {
      other.finish(COMPLETED)
      this.#pending = end
    }
  }
}

/** One instance may pass only numbers to itself: the canonical ABI allows no more yet. */
export function checkInstances(end: CopyEnd, other: CopyEnd): void {
  if (end.buffer.instance === other.buffer.instance && !end.shared.elements.plain) {
    trap('Cannot copy: both ends are in one instance, and the elements are no numbers')
  }
}
