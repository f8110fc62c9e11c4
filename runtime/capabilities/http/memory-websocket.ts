/**
 * WebSockets whose other side is in the same process: for tests, and for hosts without a network.
 *
 * @module
 */
import type {
  WebSocketAsked,
  WebSocketChannel,
  WebSocketDriver,
  WebSocketEnd,
  WebSocketListener,
  WebSocketOptions,
} from './websocket-driver.ts'

/** The other side of WebSockets in memory. */
export interface MemoryWebSocketOptions {
  /**
   * Called for each connection with what was asked for: returns the protocol that the other side chooses, and what it does
   * with its end. It throws to open none.
   */
  serve(asked: WebSocketAsked): {
    readonly protocol: string
    readonly use: (channel: WebSocketChannel) => void
  }
}

type Event = (listener: WebSocketListener) => void

/** Opens WebSockets to a function. */
export function memoryWebSocket({ serve }: MemoryWebSocketOptions): WebSocketDriver {
  return {
    name: 'memory',
    async connect(asked, { maxMessageBytes, signal }: WebSocketOptions) {
      signal.throwIfAborted()
      const { protocol, use } = serve(asked)
      const near = new MemoryChannel(protocol, maxMessageBytes)
      const far = new MemoryChannel(protocol, Infinity)
      near.other = far
      far.other = near
      use(far)
      return near
    },
  }
}

class MemoryChannel implements WebSocketChannel {
  readonly protocol: string
  other: MemoryChannel | undefined
  readonly #maxMessageBytes: number
  #listener: WebSocketListener | undefined
  #events: { readonly event: Event; readonly sent: () => void }[] = []
  #isPaused = false
  #end: WebSocketEnd | undefined
  #isClosing = false

  constructor(protocol: string, maxMessageBytes: number) {
    this.protocol = protocol
    this.#maxMessageBytes = maxMessageBytes
  }

  listen(listener: WebSocketListener): void {
    this.#listener = listener
    if (this.#end === undefined) this.#pass()
    else listener.ended(this.#end)
  }

  pause(): void {
    this.#isPaused = true
  }

  resume(): void {
    this.#isPaused = false
    this.#pass()
  }

  send(content: string | Uint8Array): Promise<void> {
    const { other } = this
    if (other === undefined || this.#isClosing) return Promise.resolve()
    const bytes = typeof content === 'string' ? utf8.encode(content).length : content.length
    return other.#takes((listener) => {
      if (bytes <= other.#maxMessageBytes) return listener.message(content, bytes)
      this.#ends({ state: 'closed', code: TOO_LARGE, reason: '' })
      other.#ends({ state: 'too-large' })
    })
  }

  close(code: number, reason: string): void {
    const { other } = this
    if (other === undefined || this.#isClosing) return
    this.#isClosing = true
    void other.#takes(() => {
      other.#ends({ state: 'closed', code, reason })
      void this.#takes(() => this.#ends({ state: 'closed', code, reason }))
    })
  }

  abort(): void {
    const hint = 'The connection broke off'
    this.#ends({ state: 'broken', hint })
    if (this.other !== undefined) this.other.#ends({ state: 'broken', hint })
  }

  /** Resolves when `event` has been passed on, or never will be. */
  #takes(event: Event): Promise<void> {
    return new Promise((resolve) => {
      if (this.#end !== undefined) return resolve()
      this.#events.push({ event, sent: resolve })
      this.#pass()
    })
  }

  /** Passes events on, one at a time and never in the turn in which they were sent: as over a network. */
  #pass(): void {
    queueMicrotask(() => {
      if (this.#listener === undefined || this.#isPaused) return
      const next = this.#events.shift()
      if (next === undefined) return
      next.event(this.#listener)
      next.sent()
      this.#pass()
    })
  }

  #ends(end: WebSocketEnd): void {
    if (this.#end !== undefined) return
    this.#end = end
    this.#isClosing = true
    for (const { sent } of this.#events.splice(0)) sent()
    this.#listener?.ended(end)
  }
}

const utf8 = new TextEncoder()
const TOO_LARGE = 1009
