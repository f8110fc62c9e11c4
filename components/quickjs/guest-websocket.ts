/** WebSockets of the host, for this engine: it replaces the `host-websocket.ts` of `components/guest`. @module */

import * as engine from 'mayfly:agent/engine'
import * as websocket from 'mayfly:agent/websocket@0.2.0'
import type { WebSocketHost } from '../guest/host-websocket.ts'

export const webSocketHost: WebSocketHost | undefined = {
  connect: websocket.connect,
  cancel: (opening) => void engine.cancelCall(opening),
}
