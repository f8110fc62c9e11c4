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
/** Has those that listen to `signal` hear that it is aborted. */
let announce: (signal: AbortSignal) => void
type Listener = ((event: Event) => unknown) | null

// Names the one caller that may make a signal.
const INTERNAL: unique symbol = Symbol('internal')

export class AbortSignal extends EventTarget {
  #aborted = false
  #reason: unknown
  /** Those that `any` made, which depend on this one and no other of `any`. */
  #followers: AbortSignal[] | undefined
  #sources: AbortSignal[] | undefined
  #onabort: Listener = null

  static {
    create = () => new AbortSignal(INTERNAL)
    abort = (signal, reason) => {
      if (signal.#aborted) return
      const why =
        reason === undefined ? new DOMException('The operation was aborted', 'AbortError') : reason
      // All of them before any listener hears of it.
      const followers = (signal.#followers ?? []).filter((each) => !each.#aborted)
      for (const each of [signal, ...followers]) {
        each.#aborted = true
        each.#reason = why
      }
      signal.#followers = undefined
      announce(signal)
      for (const each of followers) announce(each)
    }
    announce = (signal) => {
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
      throw new TypeError(
        `Cannot time out after ${String(delayMs)} ms: not an integer of at least 0`,
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
    if (all.some((signal) => !(signal instanceof AbortSignal))) {
      throw new TypeError('Cannot combine signals: one is no AbortSignal')
    }
    const first = all.find((signal) => signal.aborted)
    const combined = create()
    if (first !== undefined) {
      combined.#aborted = true
      combined.#reason = first.reason
      return combined
    }
    // A signal of `any` stands for those that it was made of.
    const sources = new Set(all.flatMap((signal) => signal.#sources ?? [signal]))
    combined.#sources = [...sources]
    for (const source of sources) (source.#followers ??= []).push(combined)
    return combined
  }

  get onabort(): Listener {
    return this.#onabort
  }

  set onabort(listener: unknown) {
    this.#onabort = typeof listener === 'function' ? (listener as Listener) : null
    if (this.#onabort === null) this.removeEventListener('abort', callOnabort)
    else this.addEventListener('abort', callOnabort)
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

function callOnabort(this: unknown, event: Event): void {
  const signal = event.target as AbortSignal
  signal.onabort?.call(signal, event)
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
