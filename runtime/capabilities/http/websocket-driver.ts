/**
 * The contract of a driver that opens WebSockets for the `http` capability.
 *
 * The capability has decided that the manifest grants the URL, and counts what passes. The driver decides about addresses,
 * frames messages, and finds out that the other side has gone.
 *
 * @module
 */
import type { HttpDriverOptions } from './driver-options.ts'

/** The WebSocket to open, as plain values. */
export interface WebSocketAsked {
  /** Of `https` in place of `wss`, and `http` in place of `ws`. */
  readonly url: URL
  /** Those that the agent speaks, the preferred ones first. */
  readonly protocols: readonly string[]
  /** Names in lower case, values with a character a byte. None of them is about the opening itself. */
  readonly headers: readonly (readonly [name: string, value: string])[]
}

/** Bounds of one WebSocket. */
export interface WebSocketOptions extends HttpDriverOptions {
  /** A larger message from the other side ends the connection, before all of it is there. */
  readonly maxMessageBytes: number
  /** Milliseconds in which nothing came, not even an answer to a ping, after which the connection has broken off. */
  readonly idleMs: number
}

/** How a connection ended. */
export type WebSocketEnd =
  /** `code` is 1005 when the other side said none. */
  | { readonly state: 'closed'; readonly code: number; readonly reason: string }
  /** `hint` says why, for the operator. */
  | { readonly state: 'broken'; readonly hint: string }
  /** A message has more than `maxMessageBytes`. */
  | { readonly state: 'too-large' }

/** What comes from the other side. */
export interface WebSocketListener {
  /**
   * A message has come, in one piece.
   *
   * @param bytes - its length; of a text in UTF-8
   */
  message(content: string | Uint8Array, bytes: number): void
  /** Called once, and last. */
  ended(end: WebSocketEnd): void
}

/** One connection that is open. */
export interface WebSocketChannel {
  /** The protocol that the other side has chosen; empty for none. */
  readonly protocol: string
  /** Called once, before anything has come. */
  listen(listener: WebSocketListener): void
  /** Reads no more from the other side. A few messages may still come. */
  pause(): void
  resume(): void
  /** Sends a message, which must not change any more. Resolves when it has left; never rejects. */
  send(content: string | Uint8Array): Promise<void>
  /**
   * Begins to close the connection. It ends within seconds, whether or not the other side answers.
   *
   * @param code - 1005 to say none
   */
  close(code: number, reason: string): void
  /** Breaks the connection off. */
  abort(): void
}

/** Opens WebSockets that the `http` capability lets through. */
export interface WebSocketDriver {
  /** For messages and logs: `guarded-fetch`. */
  readonly name: string
  /**
   * Opens a connection. Follows no redirect and offers no extension.
   *
   * @throws {HttpRefusal} when the rule does not allow the network of the address
   * @throws {Error} when the other side cannot be reached, or opens none
   */
  connect(asked: WebSocketAsked, options: WebSocketOptions): Promise<WebSocketChannel>
}
