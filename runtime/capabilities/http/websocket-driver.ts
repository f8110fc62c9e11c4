/**
 * The contract of a driver that opens WebSockets for the `http` capability.
 *
 * The capability has decided that the manifest grants the URL, and counts what passes. The driver decides about addresses,
 * frames messages, and finds out that the other side has gone.
 *
 * @module
 */
import type { WebSocketChannel } from '../../host-module/index.ts'
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
