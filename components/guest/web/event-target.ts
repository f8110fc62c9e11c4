/**
 * `Event`, `CustomEvent` and `EventTarget`, without a tree: an event reaches its target and nothing else.
 *
 * @module
 */

import { monotonic } from '../host.ts'
import { reportUncaught } from './report.ts'

export interface EventInit {
  bubbles?: boolean
  cancelable?: boolean
  composed?: boolean
}

export interface CustomEventInit extends EventInit {
  detail?: unknown
}

export interface ListenerOptions {
  capture?: boolean
  once?: boolean
  passive?: boolean
  signal?: { readonly aborted: boolean; addEventListener(type: string, listener: () => void): void }
}

export type EventListener =
  ((event: Event) => void) | { handleEvent(event: Event): void } | null | undefined

interface Listener {
  readonly callback: NonNullable<EventListener>
  readonly capture: boolean
  readonly once: boolean
}

let dispatch: (event: Event, target: EventTarget) => void
let wasStopped: (event: Event) => boolean

export class Event {
  readonly type: string
  readonly bubbles: boolean
  readonly cancelable: boolean
  readonly composed: boolean
  readonly timeStamp: number = monotonic()
  readonly isTrusted = false
  #target: EventTarget | null = null
  #prevented = false
  #stopped = false

  static {
    dispatch = (event, target) => {
      event.#target = target
    }
    wasStopped = (event) => event.#stopped
  }

  constructor(type: string, init: EventInit = {}) {
    this.type = String(type)
    this.bubbles = init.bubbles === true
    this.cancelable = init.cancelable === true
    this.composed = init.composed === true
  }

  get target(): EventTarget | null {
    return this.#target
  }

  get currentTarget(): EventTarget | null {
    return this.#target
  }

  get defaultPrevented(): boolean {
    return this.#prevented
  }

  preventDefault(): void {
    if (this.cancelable) this.#prevented = true
  }

  stopPropagation(): void {
    // Nothing to do: there is no tree to travel through.
  }

  stopImmediatePropagation(): void {
    this.#stopped = true
  }

  get [Symbol.toStringTag](): string {
    return 'Event'
  }
}

export class CustomEvent extends Event {
  readonly detail: unknown

  constructor(type: string, init: CustomEventInit = {}) {
    super(type, init)
    this.detail = init.detail ?? null
  }
}

export class EventTarget {
  #listeners: Map<string, Listener[]> | undefined

  addEventListener(
    type: string,
    callback: EventListener,
    options: boolean | ListenerOptions = {},
  ): void {
    if (callback === null || callback === undefined) return
    const { capture = false, once = false, signal } = toOptions(options)
    if (signal?.aborted === true) return
    this.#listeners ??= new Map()
    const before = this.#listeners.get(type) ?? []
    if (before.some((other) => other.callback === callback && other.capture === capture)) return
    this.#listeners.set(type, [...before, { callback, capture, once }])
    signal?.addEventListener('abort', () => this.removeEventListener(type, callback, { capture }))
  }

  removeEventListener(
    type: string,
    callback: EventListener,
    options: boolean | ListenerOptions = {},
  ): void {
    const { capture = false } = toOptions(options)
    const before = this.#listeners?.get(type)
    if (before === undefined) return
    this.#listeners?.set(
      type,
      before.filter((other) => other.callback !== callback || other.capture !== capture),
    )
  }

  dispatchEvent(event: Event): boolean {
    dispatch(event, this)
    for (const { callback, capture, once } of this.#listeners?.get(event.type) ?? []) {
      if (wasStopped(event)) break
      if (once) this.removeEventListener(event.type, callback, { capture })
      try {
        if (typeof callback === 'function') callback.call(this, event)
        else callback.handleEvent(event)
      } catch (error) {
        // One listener must not keep the others from hearing the event.
        reportUncaught(error)
      }
    }
    return !event.defaultPrevented
  }

  get [Symbol.toStringTag](): string {
    return 'EventTarget'
  }
}

function toOptions(options: boolean | ListenerOptions): ListenerOptions {
  return typeof options === 'boolean' ? { capture: options } : options
}
