/**
 * WebSockets that clients open: offered with their requests, and kept until they have ended.
 *
 * A request for one has left Node's parser. What answers it writes to the connection itself: 101 with the first frames, or
 * an answer like any other.
 *
 * @module
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import type { WebSocketChannel, WebSocketOffer } from '../../../runtime/host-module/index.ts'
import { loadWebSockets, SOCKET_OPTIONS, socketChannel } from '../../websocket/index.ts'

/** One message of a client, in bytes: as much as the capability takes. */
const MAX_MESSAGE_BYTES = 1_048_576
/** Proxies in front end a connection after a minute of silence, or later. The host sends a ping before. */
const IDLE_MS = 60_000
const GOING_AWAY = 1001

/** A request for a WebSocket. */
export interface OpeningParts {
  readonly incoming: IncomingMessage
  readonly socket: Duplex
  /** What has come behind the request. */
  readonly head: Buffer
  /** Writes another answer. */
  readonly outgoing: ServerResponse
}

/** An offer, and whether it was accepted. */
export interface Opening extends WebSocketOffer {
  readonly isAccepted: boolean
}

export class WebSocketOpenings {
  readonly #open = new Set<WebSocketChannel>()
  #isOver = false

  /** Whether `incoming` asks for a WebSocket, and comes here. Another upgrade is for `checkHead`. */
  static asks({ headers, method }: IncomingMessage): boolean {
    return (
      method === 'GET' &&
      headers.upgrade?.trim().toLowerCase() === 'websocket' &&
      headers['sec-websocket-key'] !== undefined
    )
  }

  async offer({ incoming, socket, head, outgoing }: OpeningParts): Promise<Opening> {
    const { WebSocketServer } = await loadWebSockets()
    const protocols = protocolsOf(incoming.headers['sec-websocket-protocol'])
    let isAccepted = false
    return {
      protocols,
      origin: incoming.headers.origin,
      get isAccepted() {
        return isAccepted
      },
      accept: (protocol, headers) => {
        if (isAccepted || this.#isOver || outgoing.headersSent || socket.destroyed) return undefined
        isAccepted = true
        outgoing.detachSocket(socket as Parameters<ServerResponse['detachSocket']>[0]) // As assigned
        const server = new WebSocketServer({
          ...SOCKET_OPTIONS,
          noServer: true,
          clientTracking: false,
          maxPayload: MAX_MESSAGE_BYTES,
          handleProtocols: () => (protocol === '' ? false : protocol),
        })
        server.on('headers', (lines: string[]) => {
          for (const [name, value] of headers) lines.push(`${name}: ${value}`)
        })
        let channel: WebSocketChannel | undefined
        // It calls back in this turn.
        server.handleUpgrade(incoming, socket, head, (opened) => {
          const kept = socketChannel(opened, { idleMs: IDLE_MS })
          this.#open.add(kept)
          opened.once('close', () => this.#open.delete(kept))
          channel = kept
        })
        return channel
      },
    }
  }

  /** Ends all, each with a message that the host goes away, and takes no more. */
  close(): void {
    this.#isOver = true
    for (const channel of this.#open) channel.close(GOING_AWAY, '')
  }
}

/** Of a header that may be there more than once, which Node joins. */
function protocolsOf(value: string | undefined): string[] {
  return (value ?? '')
    .split(',')
    .map((protocol) => protocol.trim())
    .filter((protocol) => protocol !== '')
}
