/**
 * Opens WebSockets by the package `ws`, to addresses that the dialer has classified.
 *
 * @module
 */
import type { LookupFunction } from 'node:net'
import type { WebSocket } from 'ws'
import type {
  WebSocketAsked,
  WebSocketChannel,
  WebSocketOptions,
} from '../../../runtime/capabilities/http/index.ts'
import { loadWebSockets, SOCKET_OPTIONS, socketChannel } from '../../websocket/index.ts'

/** How the other side is reached. */
export interface WebSocketRoute {
  /** With the host as it is dialled. */
  readonly url: URL
  /** Resolves to addresses that were checked. */
  readonly lookup: LookupFunction
  readonly maxHeaderBytes: number
}

/**
 * Opens a connection.
 *
 * @param onClose - called once it is gone, and not when it could not be opened
 * @throws {HttpRefusal}, {Error}
 */
export async function openSocket(
  { url, lookup, maxHeaderBytes }: WebSocketRoute,
  { protocols, headers }: WebSocketAsked,
  { signal, maxMessageBytes, idleMs }: WebSocketOptions,
  onClose: () => void,
): Promise<WebSocketChannel> {
  const { WebSocket } = await loadWebSockets()
  signal.throwIfAborted()
  const target = new URL(url)
  // Setting it on the URL itself would do nothing: its scheme is a special one.
  const address = `${url.protocol === 'https:' ? 'wss:' : 'ws:'}${target.href.slice(target.protocol.length)}`
  const fields: Record<string, string> = Object.fromEntries(headers)
  fields['user-agent'] ??= 'mayfly'
  const socket = new WebSocket(address, [...protocols], {
    ...SOCKET_OPTIONS,
    headers: fields,
    lookup,
    followRedirects: false,
    maxPayload: maxMessageBytes,
    maxHeaderSize: maxHeaderBytes,
    // Set explicitly: flags and variables of the host's process could set them otherwise.
    insecureHTTPParser: false,
    rejectUnauthorized: true,
  })
  return whenOpen(socket, { host: url.host, signal, idleMs, onClose })
}

interface Opening {
  /** For messages. */
  readonly host: string
  /** Gives up. */
  readonly signal: AbortSignal
  readonly idleMs: number
  readonly onClose: () => void
}

function whenOpen(
  socket: WebSocket,
  { host, signal, idleMs, onClose }: Opening,
): Promise<WebSocketChannel> {
  return new Promise((resolve, reject) => {
    const giveUp = (): void => socket.terminate()
    signal.addEventListener('abort', giveUp)
    socket.once('unexpected-response', (request, { statusCode }) => {
      request.destroy()
      fail(new Error(`Cannot open a WebSocket to "${host}": the answer is ${statusCode}`))
    })
    // More may follow, and one without a listener would end the process.
    socket.on('error', fail)
    socket.once('open', () => {
      signal.removeEventListener('abort', giveUp)
      socket.off('error', fail)
      socket.once('close', onClose)
      resolve(socketChannel(socket, { idleMs }))
    })

    function fail(error: Error): void {
      signal.removeEventListener('abort', giveUp)
      reject(error)
    }
  })
}
