/**
 * `MessageChannel` and its ports, `MessageEvent` and `ErrorEvent`. The two ports are in one agent, and a message is a copy.
 *
 * @module
 */

import { define } from './define.ts'

class MessageEvent extends Event {
  readonly data: unknown
  readonly origin: string
  readonly lastEventId: string
  readonly source: unknown
  readonly ports: readonly unknown[]

  constructor(type: string, init: MessageEventInit = {}) {
    super(type, init)
    this.data = init.data ?? null
    this.origin = init.origin ?? ''
    this.lastEventId = init.lastEventId ?? ''
    this.source = init.source ?? null
    this.ports = Object.freeze([...(init.ports ?? [])])
  }

  get [Symbol.toStringTag](): string {
    return 'MessageEvent'
  }
}

class ErrorEvent extends Event {
  readonly message: string
  readonly filename: string
  readonly lineno: number
  readonly colno: number
  readonly error: unknown

  constructor(type: string, init: ErrorEventInit = {}) {
    super(type, init)
    this.message = init.message ?? ''
    this.filename = init.filename ?? ''
    this.lineno = init.lineno ?? 0
    this.colno = init.colno ?? 0
    this.error = init.error
  }

  get [Symbol.toStringTag](): string {
    return 'ErrorEvent'
  }
}

type MessageListener = ((event: MessageEvent) => void) | null

const INTERNAL: unique symbol = Symbol('internal')
let entangle: (first: MessagePort, second: MessagePort) => void

class MessagePort extends EventTarget {
  #other: MessagePort | undefined
  /** Messages that have come before it was started. */
  #waiting: unknown[] | undefined = []
  #onmessage: MessageListener = null
  onmessageerror: MessageListener = null

  static {
    entangle = (first, second) => {
      first.#other = second
      second.#other = first
    }
  }

  constructor(key: typeof INTERNAL) {
    if (key !== INTERNAL) throw new TypeError('Illegal constructor')
    super()
  }

  get onmessage(): MessageListener {
    return this.#onmessage
  }

  set onmessage(listener: unknown) {
    if (this.#onmessage !== null) this.removeEventListener('message', this.#deliver)
    this.#onmessage = typeof listener === 'function' ? (listener as MessageListener) : null
    if (this.#onmessage === null) return
    this.addEventListener('message', this.#deliver)
    this.start()
  }

  postMessage(message: unknown, options?: Transferable[] | StructuredSerializeOptions): void {
    const transfer = Array.isArray(options) ? options : (options?.transfer ?? [])
    if (transfer.includes(this as never)) {
      throw new DOMException('Cannot send a port through itself', 'DataCloneError')
    }
    const copy: unknown = structuredClone(message, { transfer })
    const other = this.#other
    if (other !== undefined) other.#receive(copy)
  }

  /** Has messages delivered. To set `onmessage` does so too. */
  start(): void {
    const waiting = this.#waiting
    this.#waiting = undefined
    for (const message of waiting ?? []) this.#receive(message)
  }

  close(): void {
    const other = this.#other
    this.#other = undefined
    if (other !== undefined) other.#other = undefined
  }

  readonly #deliver = (event: Event): void => this.#onmessage?.call(this, event as MessageEvent)

  #receive(data: unknown): void {
    if (this.#waiting !== undefined) {
      this.#waiting.push(data)
      return
    }
    setTimeout(() => this.dispatchEvent(new MessageEvent('message', { data })), 0)
  }

  get [Symbol.toStringTag](): string {
    return 'MessagePort'
  }
}

class MessageChannel {
  readonly port1 = new MessagePort(INTERNAL)
  readonly port2 = new MessagePort(INTERNAL)

  constructor() {
    entangle(this.port1, this.port2)
  }

  get [Symbol.toStringTag](): string {
    return 'MessageChannel'
  }
}

define({ ErrorEvent, MessageChannel, MessageEvent, MessagePort })
