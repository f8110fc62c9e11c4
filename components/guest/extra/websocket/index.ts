/** WebSockets. @module */

import { define } from '../define.ts'
import { CloseEvent } from './close-event.ts'
import { WebSocketPair } from './pair.ts'
import { WebSocket } from './websocket.ts'

define({ CloseEvent, WebSocket, WebSocketPair })
