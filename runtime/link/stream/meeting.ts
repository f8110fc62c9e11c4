/**
 * What a guest made for its two ends to meet in, be it a stream or a future: the end whose copy waits for the other, and
 * whether one of them was dropped.
 *
 * @module
 */

import { trap, type Elements } from '../../abi/index.ts'
import type { OpenCalls } from '../call/open-calls.ts'
import type { Store } from '../store.ts'
import { CANCELLED, DROPPED, type CopyEnd, type Shared } from './copy-end.ts'

export abstract class Meeting implements Shared {
  readonly elements: Elements
  /** The end whose copy waits for the other end. */
  protected pending: CopyEnd | undefined
  protected dropped = false
  /** Made for one end, for the other to share: a store renews both, one after the other. */
  #renewed: Meeting | undefined

  constructor(elements: Elements) {
    this.elements = elements
  }

  /** Whether the host has the readable end. */
  protected abstract get isWithHost(): boolean
  /** A new one of its kind. */
  protected abstract anew(): Meeting
  abstract copy(store: Store, end: CopyEnd): void
  abstract toHost(store: Store, calls: OpenCalls): unknown

  cancel(end: CopyEnd): void {
    this.pending = undefined
    end.finish(CANCELLED)
  }

  drop(_end: CopyEnd): void {
    if (this.dropped) return
    this.dropped = true
    this.takePending()?.finish(DROPPED)
  }

  reclaim(end: CopyEnd): void {
    if (this.pending === end) this.pending = undefined
  }

  renew(): Meeting | undefined {
    if (this.isWithHost) return undefined
    const first = this.#renewed
    this.#renewed = undefined
    if (first !== undefined) return first
    const renewed = this.anew()
    renewed.dropped = this.dropped
    // Where one end was dropped there is no other to wait for.
    if (!this.dropped) this.#renewed = renewed
    return renewed
  }

  protected takePending(): CopyEnd | undefined {
    const { pending } = this
    this.pending = undefined
    return pending
  }
}

/** One instance may pass only numbers to itself: the canonical ABI allows no more yet. */
export function checkInstances(end: CopyEnd, other: CopyEnd): void {
  if (end.buffer.instance === other.buffer.instance && !end.shared.elements.plain) {
    trap('Cannot copy: both ends are in one instance, and the elements are no numbers')
  }
}
