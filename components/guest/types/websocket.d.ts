/** WebSockets that an agent opens. @module */

interface CloseEventInit extends EventInit {
  wasClean?: boolean
  code?: number
  reason?: string
}

interface CloseEvent extends Event {
  readonly wasClean: boolean
  readonly code: number
  readonly reason: string
}
declare var CloseEvent: {
  prototype: CloseEvent
  new (type: string, init?: CloseEventInit): CloseEvent
}

type BinaryType = 'arraybuffer' | 'blob'

/** As Node, Deno and Bun take it. Browsers know no headers. */
interface WebSocketInit {
  protocols?: string | string[]
  headers?: HeadersInit
}

interface WebSocketEventMap {
  open: Event
  message: MessageEvent
  error: ErrorEvent
  close: CloseEvent
}

interface WebSocket extends EventTarget {
  readonly url: string
  readonly protocol: string
  /** Always empty. */
  readonly extensions: string
  readonly readyState: number
  readonly bufferedAmount: number
  binaryType: BinaryType
  onopen: ((this: WebSocket, event: Event) => any) | null
  onmessage: ((this: WebSocket, event: MessageEvent) => any) | null
  onerror: ((this: WebSocket, event: Event) => any) | null
  onclose: ((this: WebSocket, event: CloseEvent) => any) | null
  send(data: string | ArrayBuffer | ArrayBufferView | Blob): void
  close(code?: number, reason?: string): void
  addEventListener<Type extends keyof WebSocketEventMap>(
    type: Type,
    listener: (this: WebSocket, event: WebSocketEventMap[Type]) => any,
    options?: AddEventListenerOptions | boolean,
  ): void
  addEventListener(
    type: string,
    listener: EventListenerOrEventListenerObject | null,
    options?: AddEventListenerOptions | boolean,
  ): void
  readonly CONNECTING: 0
  readonly OPEN: 1
  readonly CLOSING: 2
  readonly CLOSED: 3
}
declare var WebSocket: {
  prototype: WebSocket
  new (url: string | URL, protocols?: string | string[] | WebSocketInit): WebSocket
  readonly CONNECTING: 0
  readonly OPEN: 1
  readonly CLOSING: 2
  readonly CLOSED: 3
}
