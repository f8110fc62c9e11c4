/**
 * Runs a service worker as an agent: `addEventListener('fetch', …)` and `onfetch` in place of a default export.
 *
 * It imports nothing of the library, because it is part only of the agents that need it.
 *
 * @module
 */

import type { Agent } from './agent.ts'
import type { Env } from './env.ts'
import { define } from './extra/define.ts'
import type { Context } from './serve.ts'

interface ExtendableInit extends EventInit {
  request?: Request
}

/** What an event of this file may do. An event that an agent has made itself has no such rights. */
interface Extension {
  readonly env: Env
  readonly context: Context
  /** Whether listeners are being called. */
  isActive: boolean
  /** Promises of `waitUntil` and `respondWith` that have not settled: while there is one, more may be added. */
  pending: number
  answer?: Promise<Response>
}

let extend: (event: ExtendableEvent, extension: Extension) => void
let extensionOf: (event: ExtendableEvent) => Extension

class ExtendableEvent extends Event {
  #extension: Extension | undefined

  static {
    extend = (event, extension) => {
      event.#extension = extension
    }
    extensionOf = (event) => {
      const extension = event.#extension
      if (extension !== undefined) return extension
      throw invalid('Cannot extend the event: it is not one that the host has sent')
    }
  }

  /** The configuration, stores and tools of the agent: there is no other argument that could have them. */
  get env(): Env {
    return extensionOf(this).env
  }

  waitUntil(promise: unknown): void {
    wait(extensionOf(this), promise)
  }

  get [Symbol.toStringTag](): string {
    return 'ExtendableEvent'
  }
}

class FetchEvent extends ExtendableEvent {
  readonly request: Request
  readonly clientId = ''
  readonly resultingClientId = ''
  readonly replacesClientId = ''

  constructor(type: string, init?: ExtendableInit) {
    super(type, init)
    if (!(init?.request instanceof Request)) {
      throw new TypeError('Cannot make a FetchEvent: init.request is no Request')
    }
    this.request = init.request
  }

  respondWith(answer: unknown): void {
    const extension = extensionOf(this)
    if (!extension.isActive) {
      throw invalid('Cannot answer: the listeners of the event have returned')
    }
    if (extension.answer !== undefined) throw invalid('Cannot answer a second time')
    this.stopImmediatePropagation()
    // What it resolves to is checked where the answers of all agents are.
    const promise = Promise.resolve(answer) as Promise<Response>
    extension.answer = promise
    count(extension, promise)
  }

  passThroughOnException(): never {
    throw new DOMException(
      'Cannot use passThroughOnException: no origin is behind an agent. Catch the error and call respondWith',
      'NotSupportedError',
    )
  }

  override get [Symbol.toStringTag](): string {
    return 'FetchEvent'
  }
}

const FETCH = 'fetch'
const scope = new EventTarget()
let onfetch: unknown = null
let hasListener = false

define({
  ExtendableEvent,
  FetchEvent,
  addEventListener(...given: Parameters<EventTarget['addEventListener']>): void {
    if (given[0] === FETCH) hasListener = true
    scope.addEventListener(...given)
  },
  removeEventListener: scope.removeEventListener.bind(scope),
  dispatchEvent: scope.dispatchEvent.bind(scope),
})
Object.defineProperty(globalThis, 'onfetch', {
  get: () => onfetch,
  set(listener: unknown) {
    // In the order in which listeners were added, its place is where it was set first.
    if (typeof listener === 'function') globalThis.addEventListener(FETCH, callOnfetch)
    onfetch = typeof listener === 'function' ? listener : null
  },
  enumerable: true,
  configurable: true,
})

/**
 * Returns the agent that sends each request to the listeners.
 *
 * @throws {TypeError} when none listens
 */
export function service(): Agent {
  if (!hasListener) {
    throw new TypeError(
      'Cannot build the agent: no default export: export default { fetch(request) { … } }, and no listener: addEventListener("fetch", …)',
    )
  }
  return { fetch: answer }
}

function answer(request: Request, env: Env, context: Context): Promise<Response> {
  const event = new FetchEvent(FETCH, { request, cancelable: true })
  const extension: Extension = { env, context, isActive: true, pending: 0 }
  extend(event, extension)
  scope.dispatchEvent(event)
  extension.isActive = false
  if (extension.answer !== undefined) return extension.answer
  throw new TypeError(
    'Cannot answer: no listener for "fetch" has called event.respondWith(response)',
  )
}

function callOnfetch(event: Event): void {
  if (typeof onfetch === 'function') onfetch.call(globalThis, event)
}

function wait(extension: Extension, given: unknown): void {
  if (!extension.isActive && extension.pending === 0) {
    throw invalid('Cannot wait: the event has ended')
  }
  const promise = Promise.resolve(given)
  extension.context.waitUntil(promise)
  count(extension, promise)
}

function count(extension: Extension, promise: Promise<unknown>): void {
  extension.pending++
  const settled = (): void => {
    // A job later, as in browsers: what waits for this promise may add another one.
    void Promise.resolve().then(() => extension.pending--)
  }
  promise.then(settled, settled)
}

function invalid(message: string): DOMException {
  return new DOMException(message, 'InvalidStateError')
}
