/**
 * A promise of the host that a guest reads as a future.
 *
 * Its value is written into memory when the guest takes the event of its read. Its rejection is a failure of the host: the
 * guest ends with it, for a future carries no errors but those of its type.
 *
 * @module
 */

import type { Elements } from '../../abi/index.ts'
import type { OpenCall, OpenCalls } from '../call/open-calls.ts'
import { explain } from '../explain.ts'
import type { Store } from '../store.ts'
import { CANCELLED, type CopyEnd, type Shared } from './copy-end.ts'

type Outcome = { readonly value: unknown } | { readonly error: unknown }

export class HostPromise implements Shared, OpenCall {
  readonly elements: Elements
  readonly #promise: PromiseLike<unknown>
  #outcome: Outcome | undefined
  #calls: OpenCalls | undefined
  #pending: CopyEnd | undefined

  constructor(elements: Elements, promise: PromiseLike<unknown>, calls: OpenCalls) {
    this.elements = elements
    this.#promise = promise
    this.#calls = calls
    calls.add(this)
    // From now on, so that a rejection before the guest reads is not an unhandled one.
    promise.then(
      (value) => this.#settle({ value }),
      (error: unknown) => this.#settle({ error }),
    )
  }

  copy(store: Store, end: CopyEnd): void {
    this.#pending = end
    end.waitForHost(store)
    if (this.#outcome !== undefined) this.#settle(this.#outcome)
  }

  cancel(end: CopyEnd): void {
    this.#pending = undefined
    end.finish(CANCELLED)
  }

  drop(): void {
    this.sever()
  }

  reclaim(): void {}

  toHost(): unknown {
    this.sever()
    return this.#promise
  }

  // The promise may never settle, and it keeps this object: nothing in here may lead to the guest any more.
  sever(): void {
    this.#pending = undefined
    this.#calls?.delete(this)
    this.#calls = undefined
  }

  renew(): undefined {}

  #settle(outcome: Outcome): void {
    this.#outcome = outcome
    const end = this.#pending
    this.#pending = undefined
    if (end === undefined) return
    if ('error' in outcome) return end.reject(explain(outcome.error, 'future'))
    const { value } = outcome
    end.finishWith((store) => {
      // Elements without a value are counted.
      end.buffer.fill(store, this.elements.size === 0 ? 1 : [value], 1)
    })
  }
}
