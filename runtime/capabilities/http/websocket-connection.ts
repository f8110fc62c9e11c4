/**
 * The resource `connection` of `websocket`: one open connection as a guest has it, from either side.
 *
 * A guest names methods in its imports, with types of its own choice, so it can call every method here. What the host may
 * do beside those is in functions beside the class.
 *
 * @module
 */
import { BODIES_HINT, GuestError, type InvocationContext } from '../../host-module/index.ts'
import type { WebSocketChannel, WebSocketEnd } from './websocket-driver.ts'
import { isClosing } from './websocket-request.ts'

/** `error` of websocket.wit. */
export type WebSocketError =
  'denied' | 'limited' | 'malformed' | 'timeout' | 'unavailable' | 'closed'

/** `message` of websocket.wit. */
export type WebSocketMessage =
  | { readonly tag: 'text'; readonly val: string }
  | { readonly tag: 'binary'; readonly val: Uint8Array }

/** `closing` of websocket.wit. */
export interface WebSocketClosing {
  readonly code: number
  readonly reason: string
}

/** What a connection belongs to: counts what passes, and hears of the end. */
export interface WebSocketOwner {
  readonly context: InvocationContext
  /** Bytes that one message may have. */
  readonly maxMessageBytes: number
  /** Takes secrets out of what has come. */
  redact(content: string | Uint8Array): string | Uint8Array
  /** Counts a message. Returns false when there may be no more: then the owner calls `failConnection`. */
  receives(bytes: number): boolean
  sends(bytes: number): boolean
  /** A bound is reached. The owner calls `failConnection`. */
  limited(hint: string): void
  /** Called once. */
  ended(end: WebSocketEnd): void
}

// The other side sends on until so much has come that the guest has not taken.
const MAX_QUEUED_BYTES = 65_536
const MAX_QUEUED = 64
// As much may be on its way before the guest waits.
const MAX_UNSENT_BYTES = 65_536
/** The other side learns that this one has no more use for the connection. */
const GOING_AWAY = 1001
const BROKEN_OFF = 1006
const TOO_LARGE = 1009

const utf8 = new TextEncoder()

// Marks the host's own calls of the constructor: a guest may declare one too.
const KEY = Symbol('connection')

let fail: (connection: Connection, error: WebSocketError) => void

export class Connection implements Disposable {
  readonly #channel: WebSocketChannel
  readonly #owner: WebSocketOwner
  #queue: { readonly message: WebSocketMessage; readonly bytes: number }[] = []
  #queuedBytes = 0
  /** Bytes of the message that the guest was given last. It has it when it asks for the next. */
  #givenBytes = 0
  #unsentBytes = 0
  #isPaused = false
  #isClosing = false
  #isOver = false
  #closing: WebSocketClosing | undefined
  #error: WebSocketError | undefined
  #receiver: PromiseWithResolvers<WebSocketMessage | undefined> | undefined
  /** Senders that wait until less is on its way. */
  #senders: PromiseWithResolvers<void>[] = []

  static {
    fail = (connection, error) => connection.#fail(error)
  }

  constructor(key: symbol, channel: WebSocketChannel, owner: WebSocketOwner) {
    if (key !== KEY) throw new TypeError('Cannot construct a connection: "connect" makes them')
    this.#channel = channel
    this.#owner = owner
    channel.listen({
      message: (content, bytes) => this.#arrives(content, bytes),
      ended: (end) => this.#ends(end),
    })
  }

  protocol(): string {
    return this.#channel.protocol
  }

  receive(): WebSocketMessage | undefined | Promise<WebSocketMessage | undefined> {
    const { context } = this.#owner
    if (this.#receiver !== undefined) throw new GuestError('malformed')
    context.held.give(this.#givenBytes)
    this.#givenBytes = 0
    const first = this.#queue.shift()
    if (first !== undefined) {
      this.#queuedBytes -= first.bytes
      this.#givenBytes = first.bytes
      return first.message
    }
    this.#throwFailure()
    if (this.#isOver) return undefined
    if (this.#isPaused) {
      this.#isPaused = false
      this.#channel.resume()
    }
    const receiver = Promise.withResolvers<WebSocketMessage | undefined>()
    this.#receiver = receiver
    const { callSignal } = context
    // At the end of the invocation the connection ends.
    if (callSignal === context.signal) return receiver.promise
    callSignal.addEventListener('abort', () => {
      if (this.#receiver === receiver) this.#receiver = undefined
      receiver.reject(new GuestError('closed'))
    })
    return receiver.promise
  }

  ended(): WebSocketClosing | undefined {
    return this.#closing
  }

  sendText(text: string): void | Promise<void> {
    return this.#send(text, utf8.encode(text).length)
  }

  sendBinary(content: Uint8Array): void | Promise<void> {
    // Copied: it may be a view of linear memory, which changes before it has left.
    return this.#send(content.slice(), content.length)
  }

  buffered(): number {
    return this.#unsentBytes
  }

  close(code: number, reason: string): void {
    if (!isClosing(code, reason)) throw new GuestError('malformed')
    if (this.#isClosing || this.#isOver) return
    this.#isClosing = true
    this.#channel.close(code, reason)
    // The answer of the other side comes behind what it has sent.
    if (this.#isPaused) this.#channel.resume()
  }

  /** The guest has no more use for it, or has ended. */
  [Symbol.dispose](): void {
    if (!this.#isOver) this.#fail('closed')
  }

  #send(content: string | Uint8Array, bytes: number): void | Promise<void> {
    const { context, maxMessageBytes } = this.#owner
    this.#throwFailure()
    if (this.#isClosing || this.#isOver) throw new GuestError('closed')
    if (bytes > maxMessageBytes)
      this.#owner.limited(`A message of ${bytes} bytes, above ${maxMessageBytes}`)
    else if (!context.budget.take('websocketMessages'))
      this.#owner.limited('Raise limits.websocketMessages')
    else if (this.#owner.sends(bytes) && !context.held.take(bytes)) this.#owner.limited(BODIES_HINT)
    // One of these may have ended it.
    this.#throwFailure()
    this.#unsentBytes += bytes
    void this.#channel.send(content).then(() => this.#sent(bytes))
    if (this.#unsentBytes <= MAX_UNSENT_BYTES) return undefined
    const sender = Promise.withResolvers<void>()
    this.#senders.push(sender)
    return sender.promise
  }

  #throwFailure(): void {
    if (this.#error !== undefined) throw new GuestError(this.#error)
  }

  #sent(bytes: number): void {
    this.#unsentBytes -= bytes
    this.#owner.context.held.give(bytes)
    if (this.#unsentBytes > MAX_UNSENT_BYTES) return
    for (const sender of this.#senders.splice(0)) sender.resolve()
  }

  #arrives(content: string | Uint8Array, bytes: number): void {
    // It has no reader: the other side must not go on at the cost of the host.
    if (this.#isOver) return this.#channel.abort()
    const { context } = this.#owner
    if (!context.budget.take('websocketMessages'))
      return this.#owner.limited('Raise limits.websocketMessages')
    if (!this.#owner.receives(bytes)) return
    // As the standard has it.
    if (this.#isClosing) return
    if (!context.held.take(bytes)) return this.#owner.limited(BODIES_HINT)
    const redacted = this.#owner.redact(content)
    const message: WebSocketMessage =
      typeof redacted === 'string'
        ? { tag: 'text', val: redacted }
        : { tag: 'binary', val: redacted }
    const receiver = this.#receiver
    if (receiver !== undefined) {
      this.#receiver = undefined
      this.#givenBytes = bytes
      return receiver.resolve(message)
    }
    this.#queue.push({ message, bytes })
    this.#queuedBytes += bytes
    if (this.#queuedBytes <= MAX_QUEUED_BYTES && this.#queue.length < MAX_QUEUED) return
    this.#isPaused = true
    this.#channel.pause()
  }

  #ends(end: WebSocketEnd): void {
    if (this.#isOver) return
    if (end.state === 'too-large') {
      const { maxMessageBytes } = this.#owner
      this.#closing = { code: TOO_LARGE, reason: '' }
      return this.#owner.limited(`A message from the other side above ${maxMessageBytes} bytes`)
    }
    this.#closing =
      end.state === 'closed'
        ? { code: end.code, reason: this.#redacted(end.reason) }
        : { code: BROKEN_OFF, reason: '' }
    this.#isOver = true
    this.#owner.ended(end)
    this.#settle()
  }

  #redacted(reason: string): string {
    const redacted = this.#owner.redact(reason)
    return typeof redacted === 'string' ? redacted : ''
  }

  /** Ends it at once: the guest gets `error`, and the other side that this one goes away. */
  #fail(error: WebSocketError): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#error = error
    this.#closing ??= { code: BROKEN_OFF, reason: '' }
    const { held } = this.#owner.context
    for (const { bytes } of this.#queue.splice(0)) held.give(bytes)
    this.#queuedBytes = 0
    this.#channel.close(GOING_AWAY, '')
    this.#owner.ended({ state: 'broken', hint: error })
    this.#settle()
  }

  /** No message comes any more, and none leaves. */
  #settle(): void {
    const receiver = this.#receiver
    this.#receiver = undefined
    if (this.#error === undefined) receiver?.resolve(undefined)
    else receiver?.reject(new GuestError(this.#error))
    for (const sender of this.#senders.splice(0))
      sender.reject(new GuestError(this.#error ?? 'closed'))
  }
}

/** Makes the connection of a guest over `channel`, which must have been opened just now. */
export function openConnection(channel: WebSocketChannel, owner: WebSocketOwner): Connection {
  return new Connection(KEY, channel, owner)
}

/** Ends a connection at once: the guest gets `error`. */
export function failConnection(connection: Connection, error: WebSocketError): void {
  fail(connection, error)
}
