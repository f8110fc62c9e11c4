/**
 * `WebSocket`, over the interface `websocket` of the host.
 *
 * The host has the connection. Messages are asked for one by one, so that the other side waits while an agent does not
 * listen.
 *
 * @module
 */

import { explained, requireRequest } from '../../host.ts'
import { webSocketHost, type HostConnection } from '../../host-websocket.ts'
import { Blob } from '../../web/blob.ts'
import { checkClose, toMessage, toOpening, type Opening, type WebSocketInit } from './arguments.ts'
import { CloseEvent } from './close-event.ts'
import { Outgoing } from './outgoing.ts'

type Handler = ((this: WebSocket, event: Event) => unknown) | null

const CONNECTING = 0
const OPEN = 1
const CLOSING = 2
const CLOSED = 3
const NO_CODE = 1005
const BROKEN_OFF = 1006
const HANDLERS = ['open', 'message', 'error', 'close'] as const

export class WebSocket extends EventTarget {
  declare static readonly CONNECTING: 0
  declare static readonly OPEN: 1
  declare static readonly CLOSING: 2
  declare static readonly CLOSED: 3
  declare readonly CONNECTING: 0
  declare readonly OPEN: 1
  declare readonly CLOSING: 2
  declare readonly CLOSED: 3

  onopen: Handler = null
  onmessage: Handler = null
  onerror: Handler = null
  onclose: Handler = null
  readonly #url: string
  readonly #outgoing = new Outgoing()
  #origin: string
  #readyState: number = CONNECTING
  #protocol = ''
  #binaryType: 'blob' | 'arraybuffer' = 'blob'
  /** What `connect` has returned, until it is there. */
  #opening: unknown

  constructor(url: string | URL, protocols: string | string[] | WebSocketInit = []) {
    super()
    const opening = toOpening(url, protocols)
    requireRequest('open a WebSocket')
    this.#url = opening.url.href
    this.#origin = opening.url.origin
    for (const type of HANDLERS) {
      this.addEventListener(type, (event) => {
        const handler: unknown = this[`on${type}`]
        if (typeof handler === 'function') handler.call(this, event)
      })
    }
    void this.#connect(opening)
  }

  get url(): string {
    return this.#url
  }

  get readyState(): number {
    return this.#readyState
  }

  get bufferedAmount(): number {
    return this.#outgoing.bytes
  }

  /** Always empty: the host offers none. */
  get extensions(): string {
    return ''
  }

  get protocol(): string {
    return this.#protocol
  }

  get binaryType(): 'blob' | 'arraybuffer' {
    return this.#binaryType
  }

  set binaryType(type: unknown) {
    // Other values are ignored: https://webidl.spec.whatwg.org/#es-enumeration
    if (type === 'blob' || type === 'arraybuffer') this.#binaryType = type
  }

  send(data: unknown): void {
    if (this.#readyState === CONNECTING)
      throw new DOMException('Cannot send: the WebSocket is not open yet', 'InvalidStateError')
    this.#outgoing.add(toMessage(data), this.#readyState !== OPEN)
  }

  close(code?: number, reason: unknown = ''): void {
    const text = String(reason).toWellFormed()
    const number = code === undefined ? undefined : Math.min(Math.max(Math.round(code), 0), 65_535)
    checkClose(number, text)
    if (this.#readyState >= CLOSING) return
    const wasOpen = this.#readyState === OPEN
    this.#readyState = CLOSING
    // A reason needs a code.
    if (wasOpen) return this.#outgoing.close(number ?? (text === '' ? NO_CODE : 1000), text)
    webSocketHost?.cancel(this.#opening)
    const error = new Error('The WebSocket was closed before it was open')
    void Promise.resolve().then(() => this.#over(BROKEN_OFF, '', error))
  }

  async #connect({ url, protocols, headers }: Opening): Promise<void> {
    let connection: HostConnection
    try {
      // Listeners are added after this.
      await undefined
      if (this.#readyState !== CONNECTING) return
      if (webSocketHost === undefined)
        throw new Error('Cannot open a WebSocket: this engine has none')
      const opening = webSocketHost.connect(url.href, protocols, headers)
      this.#opening = opening
      connection = await opening
    } catch (error) {
      // Not its path: tokens are there.
      return this.#over(BROKEN_OFF, '', explained(error, 'websocket', 'connect to', url.host))
    }
    // It was closed in the turn in which it was opened.
    if (this.#readyState !== CONNECTING) return connection.close(NO_CODE, '')
    this.#protocol = connection.protocol()
    this.#readyState = OPEN
    this.#outgoing.open(connection)
    this.dispatchEvent(new Event('open'))
    await this.#receive(connection)
  }

  async #receive(connection: HostConnection): Promise<void> {
    let failure: unknown
    try {
      for (;;) {
        const message = await connection.receive()
        if (message === null || message === undefined) break
        if (this.#readyState === OPEN) this.#deliver(message)
      }
    } catch (error) {
      failure = explained(error, 'websocket', 'receive from', new URL(this.#url).host)
    }
    const { code, reason } = connection.ended() ?? { code: BROKEN_OFF, reason: '' }
    if (code === BROKEN_OFF) failure ??= new Error('The connection broke off')
    this.#over(code, reason, failure)
  }

  #deliver(message: string | Uint8Array): void {
    const data =
      typeof message === 'string'
        ? message
        : this.#binaryType === 'blob'
          ? new Blob([message])
          : message.slice().buffer
    this.dispatchEvent(new MessageEvent('message', { data, origin: this.#origin }))
  }

  #over(code: number, reason: string, error: unknown): void {
    if (this.#readyState === CLOSED) return
    this.#readyState = CLOSED
    if (error !== undefined) {
      const message = error instanceof Error ? error.message : String(error)
      this.dispatchEvent(new ErrorEvent('error', { message, error }))
    }
    this.dispatchEvent(new CloseEvent('close', { wasClean: error === undefined, code, reason }))
  }

  get [Symbol.toStringTag](): string {
    return 'WebSocket'
  }
}

for (const [value, name] of ['CONNECTING', 'OPEN', 'CLOSING', 'CLOSED'].entries()) {
  for (const holder of [WebSocket, WebSocket.prototype])
    Object.defineProperty(holder, name, { value, enumerable: true })
}
