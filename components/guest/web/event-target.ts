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
  readonly passive: boolean
  /** Set while an event is on its way: a listener that another one removed hears nothing of it. */
  isRemoved?: boolean
}

/** Notes where an event is; `null` when it is on its way no longer. */
let moveTo: (event: Event, target: EventTarget | null) => void
let setPassive: (event: Event, passive: boolean) => void
let wasStopped: (event: Event) => boolean
/** Marks an event that this library has made. For this library only. */
export let trust: (event: Event) => void

export class Event {
  readonly type: string
  readonly bubbles: boolean
  readonly cancelable: boolean
  readonly composed: boolean
  readonly timeStamp: number = monotonic()
  #target: EventTarget | null = null
  #currentTarget: EventTarget | null = null
  #isTrusted = false
  #isPassive = false
  #prevented = false
  #stopped = false

  static {
    moveTo = (event, target) => {
      event.#target = target ?? event.#target
      event.#currentTarget = target
      if (target === null) event.#stopped = false
    }
    setPassive = (event, passive) => {
      event.#isPassive = passive
    }
    wasStopped = (event) => event.#stopped
    trust = (event) => {
      event.#isTrusted = true
    }
  }

  constructor(type: string, init?: EventInit | null) {
    if (arguments.length === 0) throw new TypeError('Cannot make an event: no type')
    this.type = String(type)
    this.bubbles = Boolean(init?.bubbles)
    this.cancelable = Boolean(init?.cancelable)
    this.composed = Boolean(init?.composed)
  }

  get isTrusted(): boolean {
    return this.#isTrusted
  }

  get target(): EventTarget | null {
    return this.#target
  }

  get srcElement(): EventTarget | null {
    return this.#target
  }

  get currentTarget(): EventTarget | null {
    return this.#currentTarget
  }

  get eventPhase(): number {
    // There is no tree: an event on its way is at its target.
    return this.#currentTarget === null ? 0 : 2
  }

  composedPath(): EventTarget[] {
    return this.#currentTarget === null ? [] : [this.#currentTarget]
  }

  get defaultPrevented(): boolean {
    return this.#prevented
  }

  preventDefault(): void {
    if (this.cancelable && !this.#isPassive) this.#prevented = true
  }

  get returnValue(): boolean {
    return !this.#prevented
  }

  set returnValue(value: boolean) {
    if (!value) this.preventDefault()
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

  constructor(type: string, init?: CustomEventInit | null) {
    super(type, init)
    this.detail = init?.detail ?? null
  }
}

for (const [value, name] of ['NONE', 'CAPTURING_PHASE', 'AT_TARGET', 'BUBBLING_PHASE'].entries()) {
  for (const holder of [Event, Event.prototype])
    Object.defineProperty(holder, name, { value, enumerable: true })
}

export class EventTarget {
  #listeners: Map<string, Listener[]> | undefined

  addEventListener(
    type: string,
    callback: EventListener,
    options: boolean | ListenerOptions = {},
  ): void {
    const { capture = false, once = false, passive = false, signal } = toOptions(options)
    if (signal === null) throw new TypeError('Cannot add a listener: its signal is null')
    if (callback === null || callback === undefined || signal?.aborted === true) return
    this.#listeners ??= new Map()
    const before = this.#listeners.get(type) ?? []
    if (before.some((other) => other.callback === callback && other.capture === capture)) return
    this.#listeners.set(type, [...before, { callback, capture, once, passive }])
    signal?.addEventListener('abort', () => this.removeEventListener(type, callback, { capture }))
  }

  removeEventListener(
    type: string,
    callback: EventListener,
    options: boolean | ListenerOptions = {},
  ): void {
    const { capture = false } = toOptions(options)
    const before = this.#listeners?.get(type)
    const removed = before?.find(
      (other) => other.callback === callback && other.capture === capture,
    )
    if (removed === undefined) return
    removed.isRemoved = true
    this.#listeners?.set(type, before?.filter((other) => other !== removed) ?? [])
  }

  dispatchEvent(event: Event): boolean {
    if (!(event instanceof Event)) throw new TypeError('Cannot dispatch: it is no Event')
    if (event.currentTarget !== null)
      throw new DOMException('Cannot dispatch an event twice at once', 'InvalidStateError')
    moveTo(event, this)
    for (const listener of this.#listeners?.get(event.type) ?? []) {
      if (wasStopped(event)) break
      if (listener.isRemoved === true) continue
      const { callback, capture, once, passive } = listener
      setPassive(event, passive)
      if (once) this.removeEventListener(event.type, callback, { capture })
      try {
        if (typeof callback === 'function') callback.call(this, event)
        else callback.handleEvent(event)
      } catch (error) {
        // One listener must not keep the others from hearing the event.
        reportUncaught(error)
      }
    }
    setPassive(event, false)
    moveTo(event, null)
    return !event.defaultPrevented
  }

  get [Symbol.toStringTag](): string {
    return 'EventTarget'
  }
}

function toOptions(options: boolean | ListenerOptions): ListenerOptions {
  return typeof options === 'boolean' ? { capture: options } : options
}
