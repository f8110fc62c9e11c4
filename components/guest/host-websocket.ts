/**
 * The part of the door to the host that is about WebSockets, for an engine whose world has none. Our own engine has
 * another version of this file.
 *
 * @module
 */

import type { Header, Later } from './host.ts'

/** The resource `connection` of the host. */
export interface HostConnection {
  protocol(): string
  /** The next message; nothing when it was closed. */
  receive(): Later<string | Uint8Array | null>
  ended(): { code: number; reason: string } | null
  sendText(text: string): Later<void>
  sendBinary(content: Uint8Array): Later<void>
  buffered(): number
  close(code: number, reason: string): void
}

/** The interface `websocket` of the host. */
export interface WebSocketHost {
  connect(url: string, protocols: string[], headers: Header[]): Later<HostConnection>
  /** Gives up on what `connect` returned. It then never settles. */
  cancel(opening: unknown): void
}

export const webSocketHost: WebSocketHost | undefined = undefined
