/**
 * One WebSocket that is open, for those that move its messages and those that decide about them.
 *
 * @module
 */

/** How a connection ended. */
export type WebSocketEnd =
  /** `code` is 1005 when the other side said none. */
  | { readonly state: 'closed'; readonly code: number; readonly reason: string }
  /** `hint` says why, for the operator. */
  | { readonly state: 'broken'; readonly hint: string }
  /** A message has more bytes than one may. */
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
  /** The protocol that both sides have chosen; empty for none. */
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

/** What a client asks for that wants to open a WebSocket with its request. */
export interface WebSocketOffer {
  /** Those that the client speaks, the preferred ones first. */
  readonly protocols: readonly string[]
  /** Of the page that the client is, as a browser says; nothing for other clients. */
  readonly origin: string | undefined
  /**
   * Opens it, as the answer to the request. Once.
   *
   * @param protocol - one of those, or empty
   * @param headers - of the answer, beside those of the opening
   * @returns nothing when the client has gone, or has its answer
   * @throws {MayflyError} ERR_GUEST_FAILED when a header cannot be sent
   */
  accept(
    protocol: string,
    headers: readonly (readonly [name: string, value: string])[],
  ): WebSocketChannel | undefined
}
