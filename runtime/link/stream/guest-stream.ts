/**
 * A stream that a guest made. Its readable end is with a guest of the same store, or with the host.
 *
 * @module
 */

import type { OpenCalls } from '../call/open-calls.ts'
import type { Store } from '../store.ts'
import { COMPLETED, DROPPED, type CopyEnd } from './copy-end.ts'
import { HostReader } from './host-reader.ts'
import { checkInstances, Meeting } from './meeting.ts'

export class GuestStream extends Meeting {
  #host: HostReader | undefined

  protected get isWithHost(): boolean {
    return this.#host !== undefined
  }

  protected anew(): GuestStream {
    return new GuestStream(this.elements)
  }

  copy(store: Store, end: CopyEnd): void {
    if (this.#host !== undefined) return this.#host.write(store, end)
    if (this.dropped) return end.finish(DROPPED)
    const other = this.pending
    if (other === undefined) this.pending = end
    else this.#meet(store, end, other)
  }

  override cancel(end: CopyEnd): void {
    if (this.#host === undefined) super.cancel(end)
    else this.#host.cancel()
  }

  override drop(end: CopyEnd): void {
    this.#host?.close()
    super.drop(end)
  }

  toHost(store: Store, calls: OpenCalls): unknown {
    const host = new HostReader(this.elements, calls)
    this.#host = host
    const pending = this.takePending()
    if (this.dropped) host.close()
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
      this.pending = end
    }
  }
}
