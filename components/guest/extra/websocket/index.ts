/** WebSockets. @module */

import { define } from '../define.ts'
import { CloseEvent } from './close-event.ts'
import { WebSocket } from './websocket.ts'

define({ CloseEvent, WebSocket })
