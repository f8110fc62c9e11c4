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
  /** One that another listener of the same event has taken away is not called. */
  isRemoved: boolean
}

/** Begins the way of an event to `target`, or ends it without one. */
let dispatch: (event: Event, target?: EventTarget) => void
/** Whether a listener may prevent what an event announces. */
let setPassive: (event: Event, isPassive: boolean) => void
let wasStopped: (event: Event) => boolean

export class Event {
  readonly type: string
  readonly bubbles: boolean
  readonly cancelable: boolean
  readonly composed: boolean
  readonly timeStamp: number = monotonic()
  readonly isTrusted = false
  #target: EventTarget | null = null
  #isUnderWay = false
  #prevented = false
  #isPassive = false
  #stopped = false

  static {
    dispatch = (event, target) => {
      if (target === undefined) {
        event.#isUnderWay = false
        event.#stopped = false
        return
      }
      if (event.#isUnderWay) {
        throw new DOMException('The event is being dispatched', 'InvalidStateError')
      }
      event.#target = target
      event.#isUnderWay = true
    }
    setPassive = (event, isPassive) => {
      event.#isPassive = isPassive
    }
    wasStopped = (event) => event.#stopped
  }

  constructor(type: string, init: EventInit = {}) {
    if (arguments.length === 0) throw new TypeError('Cannot make an event: no type is given')
    this.type = String(type)
    this.bubbles = init.bubbles === true
    this.cancelable = init.cancelable === true
    this.composed = init.composed === true
  }

  get target(): EventTarget | null {
    return this.#target
  }

  get currentTarget(): EventTarget | null {
    return this.#isUnderWay ? this.#target : null
  }

  get srcElement(): EventTarget | null {
    return this.#target
  }

  /** 2, at the target, while it is dispatched. */
  get eventPhase(): number {
    return this.#isUnderWay ? 2 : 0
  }

  /** The target alone, while it is dispatched: there is no tree. */
  composedPath(): EventTarget[] {
    return this.#isUnderWay && this.#target !== null ? [this.#target] : []
  }

  get returnValue(): boolean {
    return !this.#prevented
  }

  get defaultPrevented(): boolean {
    return this.#prevented
  }

  preventDefault(): void {
    if (this.cancelable && !this.#isPassive) this.#prevented = true
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
    const { capture = false, once = false, passive = false, signal } = toOptions(options)
    if (signal === null) throw new TypeError('Cannot listen: "signal" is not an AbortSignal')
    if (signal?.aborted === true) return
    this.#listeners ??= new Map()
    const before = this.#listeners.get(type) ?? []
    if (before.some((other) => other.callback === callback && other.capture === capture)) return
    const listener = { callback, capture, once, passive, isRemoved: false }
    this.#listeners.set(type, [...before, listener])
    signal?.addEventListener('abort', () => this.removeEventListener(type, callback, { capture }))
  }

  removeEventListener(
    type: string,
    callback: EventListener,
    options: boolean | ListenerOptions = {},
  ): void {
    const { capture = false } = toOptions(options)
    const before = this.#listeners?.get(type)
    const found = before?.find((each) => each.callback === callback && each.capture === capture)
    if (before === undefined || found === undefined) return
    found.isRemoved = true
    this.#listeners?.set(
      type,
      before.filter((each) => each !== found),
    )
  }

  dispatchEvent(event: Event): boolean {
    if (!(event instanceof Event)) throw new TypeError('Cannot dispatch: it is no Event')
    dispatch(event, this)
    for (const listener of this.#listeners?.get(event.type) ?? []) {
      if (wasStopped(event)) break
      const { callback, capture, once, passive } = listener
      if (listener.isRemoved) continue
      if (once) this.removeEventListener(event.type, callback, { capture })
      setPassive(event, passive)
      try {
        if (typeof callback === 'function') callback.call(this, event)
        else callback.handleEvent(event)
      } catch (error) {
        // One listener must not keep the others from hearing the event.
        reportUncaught(error)
      }
    }
    setPassive(event, false)
    dispatch(event)
    return !event.defaultPrevented
  }

  get [Symbol.toStringTag](): string {
    return 'EventTarget'
  }
}

function toOptions(options: boolean | ListenerOptions): ListenerOptions {
  return typeof options === 'boolean' ? { capture: options } : options
}
