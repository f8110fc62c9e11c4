/**
 * A stream of the host that a guest reads.
 *
 * The guest's read asks the host for a chunk, and nothing else does. What the guest has no room for is kept, which is at
 * most one chunk. A chunk is written into memory when the guest takes the event of its read.
 *
 * An error of the host's stream is the end of it for the guest: streams carry no errors. An interface that must tell the
 * guest has a `future<result<_, E>>` beside the stream.
 *
 * @module
 */

import { countOf, type Elements, type Values } from '../../abi/index.ts'
import { explain } from '../explain.ts'
import type { OpenCall, OpenCalls } from '../call/open-calls.ts'
import type { Store } from '../store.ts'
import { CANCELLED, COMPLETED, DROPPED, type CopyEnd, type Shared } from './copy-end.ts'
import { cancelHostInput, openHostInput, type GivenInput, type HostInput } from './host-input.ts'

export class HostSource implements Shared, OpenCall {
  readonly elements: Elements
  readonly #given: GivenInput
  #calls: OpenCalls | undefined
  #input: HostInput | undefined
  /** While a chunk is on its way. */
  #pulling: Promise<void> | undefined
  #ended = false
  /** A chunk, and how many of its elements the guest has. */
  #chunk: { readonly values: Values; used: number } | undefined
  #pending: CopyEnd | undefined

  constructor(elements: Elements, given: GivenInput, calls: OpenCalls) {
    this.elements = elements
    this.#given = given
    this.#calls = calls
    calls.add(this)
  }

  copy(store: Store, end: CopyEnd): void {
    if (this.#chunk !== undefined) {
      this.#fill(store, end)
      return end.finish(COMPLETED)
    }
    if (this.#ended) return end.finish(DROPPED)
    this.#pending = end
    end.waitForHost(store)
    this.#pull()
  }

  cancel(end: CopyEnd): void {
    this.#pending = undefined
    end.finish(CANCELLED)
  }

  drop(_end: CopyEnd): void {
    this.sever(undefined)
  }

  reclaim(): void {}

  renew(): undefined {}

  /** A stream that nothing was read of is given back as it came. */
  toHost(): unknown {
    this.#leave()
    const given = this.#given
    if (this.#input === undefined) return given.kind === 'stream' ? given.stream : given.iterable
    const source: UnderlyingDefaultSource<unknown> = {
      pull: (controller) => this.#passOn(controller),
      cancel: (reason) => this.#close(reason),
    }
    return new ReadableStream(source, { highWaterMark: 0 })
  }

  sever(reason: unknown): void {
    this.#leave()
    this.#close(reason)
  }

  #close(reason: unknown): void {
    this.#pending = undefined
    this.#chunk = undefined
    if (this.#ended) return
    this.#ended = true
    if (this.#input === undefined) cancelHostInput(this.#given, reason)
    else this.#input.cancel(reason)
  }

  #pull(): void {
    this.#pulling ??= this.#next().then(
      (values) => this.#arrived(values),
      (error: unknown) => this.#failed(error),
    )
  }

  /** The next chunk; `undefined` at the end. */
  async #next(): Promise<Values | undefined> {
    this.#input ??= openHostInput(this.#given)
    for (;;) {
      let result: Awaited<ReturnType<HostInput['next']>>
      try {
        result = await this.#input.next()
      } catch {
        return undefined
      }
      if (result.done === true || this.#ended) return undefined
      const values = this.elements.accept(result.value)
      if (countOf(values) > 0) return values
    }
  }

  #arrived(values: Values | undefined): void {
    this.#pulling = undefined
    if (values === undefined) this.#finish()
    else if (!this.#ended) this.#chunk = { values, used: 0 }
    const pending = this.#pending
    this.#pending = undefined
    if (this.#ended) pending?.finish(DROPPED)
    else pending?.finishWith((store) => this.#fill(store, pending))
  }

  /** A chunk is no run of such elements, or the host has locked its stream. */
  #failed(error: unknown): void {
    this.#pulling = undefined
    const pending = this.#pending
    this.sever(error)
    pending?.reject(explain(error, 'stream'))
  }

  // The host's stream may never end, and it keeps this object: nothing in here may lead to the guest any more.
  #leave(): void {
    this.#calls?.delete(this)
    this.#calls = undefined
  }

  #finish(): void {
    this.#ended = true
    this.#leave()
  }

  #fill(store: Store, { buffer }: CopyEnd): void {
    const chunk = this.#chunk
    if (chunk === undefined) return
    const total = countOf(chunk.values)
    const count = Math.min(buffer.remain, total - chunk.used)
    const values = this.elements.slice(chunk.values, chunk.used, chunk.used + count)
    buffer.fill(store, values, count)
    chunk.used += count
    if (chunk.used === total) this.#chunk = undefined
  }

  async #passOn(controller: ReadableStreamDefaultController<unknown>): Promise<void> {
    // Of a read that the guest has cancelled: it is the next one.
    await this.#pulling
    const chunk = this.#chunk
    this.#chunk = undefined
    if (chunk !== undefined) {
      const total = countOf(chunk.values)
      controller.enqueue(this.elements.slice(chunk.values, chunk.used, total))
      return
    }
    const result = this.#ended ? { done: true } : await this.#input?.next()
    if (result === undefined || result.done === true) controller.close()
    else controller.enqueue(this.elements.accept(result.value))
  }
}
