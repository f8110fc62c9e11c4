/**
 * The globals of an agent without a default export, a service worker: those of `mayfly/types`, and those that listen.
 * For `"types": ["mayfly/types/service-worker"]`.
 *
 * @module
 */
/// <reference path="./index.d.ts" />

interface ExtendableEvent extends Event {
  /** What the manifest grants. */
  readonly env: import('mayfly/guest').Env
  waitUntil(promise: any): void
}
declare var ExtendableEvent: {
  prototype: ExtendableEvent
  new (type: string, init?: EventInit): ExtendableEvent
}

interface FetchEventInit extends EventInit {
  request: Request
}
interface FetchEvent extends ExtendableEvent {
  readonly request: Request
  readonly clientId: string
  readonly resultingClientId: string
  readonly replacesClientId: string
  respondWith(response: Response | PromiseLike<Response>): void
  /** Throws: no origin is behind an agent. */
  passThroughOnException(): never
}
declare var FetchEvent: {
  prototype: FetchEvent
  new (type: string, init: FetchEventInit): FetchEvent
}

declare var onfetch: ((event: FetchEvent) => any) | null
declare function addEventListener(
  type: 'fetch',
  listener: ((event: FetchEvent) => any) | EventListenerObject,
  options?: AddEventListenerOptions | boolean,
): void
declare function addEventListener(
  type: string,
  listener: EventListenerOrEventListenerObject,
  options?: AddEventListenerOptions | boolean,
): void
declare function removeEventListener(
  type: string,
  listener: ((event: FetchEvent) => any) | EventListenerOrEventListenerObject,
  options?: EventListenerOptions | boolean,
): void
declare function dispatchEvent(event: Event): boolean
