/**
 * `WebSocketPair`, as Workers have it: one end is the answer to a request, and the agent keeps the other.
 *
 * The end that is the answer is a name for the client, and can do nothing else: the connection is the host's.
 *
 * @module
 */

import { guarded } from '../../host.ts'
import { webSocketHost, type HostConnection } from '../../host-websocket.ts'
import { parts } from '../../parts.ts'
import { markOpen, OF_PAIR, openOver, WebSocket } from './websocket.ts'

const accepted = new WeakSet<WebSocket>()
/** The ends that agents keep, by those of clients. */
const others = new WeakMap<object, ServerSocket>()
const answers = new WeakMap<object, ServerSocket>()

class ServerSocket extends WebSocket {
  constructor() {
    super(OF_PAIR as never)
  }

  /** From now on messages come here, and may be sent. */
  accept(): void {
    if (accepted.has(this)) return
    accepted.add(this)
    markOpen(this)
  }
}

export class WebSocketPair {
  readonly 0: WebSocket
  readonly 1: ServerSocket

  constructor() {
    this[0] = new WebSocket(OF_PAIR as never)
    this[1] = new ServerSocket()
    others.set(this[0], this[1])
  }
}

parts.upgrade = {
  keep(response, init) {
    const { webSocket } = init as { webSocket?: unknown }
    const server = others.get(Object(webSocket) as object)
    if (server === undefined)
      throw new TypeError(
        'Cannot make a response: its webSocket is not the first of a WebSocketPair',
      )
    others.delete(webSocket as object)
    answers.set(response, server)
  },
  async open(response, headers) {
    const server = answers.get(response)
    if (server === undefined || !accepted.has(server))
      throw new TypeError('Cannot answer: call accept() on the second of the WebSocketPair first')
    answers.delete(response)
    await openOver(server, accept(headers))
  },
}

function accept(headers: [name: string, value: string][]): HostConnection {
  const protocol = headers.find(([name]) => name.toLowerCase() === 'sec-websocket-protocol')?.[1]
  const host = webSocketHost
  if (host === undefined) throw new Error('Cannot accept a WebSocket: this engine has none')
  return guarded('websocket-server', 'accept a WebSocket', () =>
    host.accept(protocol ?? '', headers),
  )
}
