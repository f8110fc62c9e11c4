/** Message channels inside one agent, and events that a server sends. @module */

interface MessageEventInit<T = any> extends EventInit {
  data?: T
  origin?: string
  lastEventId?: string
  source?: MessagePort | null
  ports?: MessagePort[]
}

interface MessageEvent<T = any> extends Event {
  readonly data: T
  readonly origin: string
  readonly lastEventId: string
  readonly source: MessagePort | null
  readonly ports: readonly MessagePort[]
}
declare var MessageEvent: {
  prototype: MessageEvent
  new <T>(type: string, init?: MessageEventInit<T>): MessageEvent<T>
}

interface ErrorEventInit extends EventInit {
  message?: string
  filename?: string
  lineno?: number
  colno?: number
  error?: any
}

interface ErrorEvent extends Event {
  readonly message: string
  readonly filename: string
  readonly lineno: number
  readonly colno: number
  readonly error: any
}
declare var ErrorEvent: {
  prototype: ErrorEvent
  new (type: string, init?: ErrorEventInit): ErrorEvent
}

/** Ports are not transferred: only array buffers and streams are. */
type Transferable = ArrayBuffer | ReadableStream | WritableStream | TransformStream | MessagePort
interface StructuredSerializeOptions {
  transfer?: Transferable[]
}
declare function structuredClone<T = any>(value: T, options?: StructuredSerializeOptions): T

interface MessagePort extends EventTarget {
  onmessage: ((this: MessagePort, event: MessageEvent) => any) | null
  onmessageerror: ((this: MessagePort, event: MessageEvent) => any) | null
  postMessage(message: any, options?: Transferable[] | StructuredSerializeOptions): void
  start(): void
  close(): void
}
declare var MessagePort: { prototype: MessagePort; new (): MessagePort }

interface MessageChannel {
  readonly port1: MessagePort
  readonly port2: MessagePort
}
declare var MessageChannel: { prototype: MessageChannel; new (): MessageChannel }

interface EventSourceInit {
  /** Changes nothing: an agent has no cookies. */
  withCredentials?: boolean
}

interface EventSource extends EventTarget {
  readonly url: string
  readonly withCredentials: boolean
  readonly readyState: number
  onopen: ((this: EventSource, event: Event) => any) | null
  onmessage: ((this: EventSource, event: MessageEvent) => any) | null
  onerror: ((this: EventSource, event: Event) => any) | null
  addEventListener(
    type: string,
    listener: ((event: MessageEvent) => void) | EventListenerObject | null,
    options?: AddEventListenerOptions | boolean,
  ): void
  close(): void
  readonly CONNECTING: 0
  readonly OPEN: 1
  readonly CLOSED: 2
}
declare var EventSource: {
  prototype: EventSource
  new (url: string | URL, init?: EventSourceInit): EventSource
  readonly CONNECTING: 0
  readonly OPEN: 1
  readonly CLOSED: 2
}
