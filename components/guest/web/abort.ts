/**
 * `AbortController` and `AbortSignal`.
 *
 * @module
 */

import { onCancel } from '../engine.ts'
import { addTimer } from '../loop.ts'
import { Event, EventTarget, trust } from './event-target.ts'

let abort: (signal: AbortSignal, reason: unknown) => void
let create: () => AbortSignal
// Names the one caller that may make a signal.
const INTERNAL: unique symbol = Symbol('internal')

export class AbortSignal extends EventTarget {
  #aborted = false
  #reason: unknown
  #onabort: ((event: Event) => void) | null = null
  #listener: ((event: Event) => void) | undefined

  static {
    create = () => new AbortSignal(INTERNAL)
    abort = (signal, reason) => {
      if (signal.#aborted) return
      signal.#aborted = true
      signal.#reason =
        reason === undefined ? new DOMException('The operation was aborted', 'AbortError') : reason
      const event = new Event('abort')
      trust(event)
      signal.dispatchEvent(event)
    }
  }

  constructor(key?: typeof INTERNAL) {
    if (key !== INTERNAL) throw new TypeError('Cannot make an AbortSignal: use AbortController')
    super()
  }

  static abort(reason?: unknown): AbortSignal {
    const signal = create()
    abort(signal, reason)
    return signal
  }

  static timeout(delayMs: number): AbortSignal {
    const delay = Math.trunc(Number(delayMs))
    if (!(delay >= 0 && delay <= Number.MAX_SAFE_INTEGER)) {
      throw new RangeError(
        `Cannot time out after ${String(delayMs)} milliseconds: not in 0 to ${Number.MAX_SAFE_INTEGER}`,
      )
    }
    const signal = create()
    addTimer(
      () => abort(signal, new DOMException('The operation timed out', 'TimeoutError')),
      delay,
    )
    return signal
  }

  static any(signals: Iterable<AbortSignal>): AbortSignal {
    const all = [...signals]
    const first = all.find((signal) => signal.aborted)
    if (first !== undefined) return AbortSignal.abort(first.reason)
    const combined = create()
    for (const signal of all) {
      signal.addEventListener('abort', () => abort(combined, signal.reason), { once: true })
    }
    return combined
  }

  get onabort(): ((event: Event) => void) | null {
    return this.#onabort
  }

  set onabort(callback: ((event: Event) => void) | null) {
    // One listener for all, in the place of the first. A function may be a listener besides.
    this.#listener ??= (event) => this.#onabort?.call(this, event)
    this.#onabort = typeof callback === 'function' ? callback : null
    this.addEventListener('abort', this.#listener)
  }

  get aborted(): boolean {
    return this.#aborted
  }

  get reason(): unknown {
    return this.#reason
  }

  throwIfAborted(): void {
    if (this.#aborted) throw this.#reason
  }

  override get [Symbol.toStringTag](): string {
    return 'AbortSignal'
  }
}

/** Returns the signal of a request that has arrived: aborted when its client has left. */
export function signalOfClient(): AbortSignal {
  const signal = create()
  onCancel(() => abort(signal, clientLeft()))
  return signal
}

/** The reason for ending work for a client that has left. */
export function clientLeft(): DOMException {
  return new DOMException('The client has left', 'AbortError')
}

export class AbortController {
  readonly signal: AbortSignal = create()

  abort(reason?: unknown): void {
    abort(this.signal, reason)
  }

  get [Symbol.toStringTag](): string {
    return 'AbortController'
  }
}
