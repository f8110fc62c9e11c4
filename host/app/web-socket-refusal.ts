/**
 * Which clients may open WebSockets to an agent.
 *
 * @module
 */
import type { WebSocketOffer } from '../../runtime/host-module/index.ts'
import type { ServedAgent } from './served-agent.ts'

/** Why a client may not. */
export interface WebSocketRefusal {
  readonly status: 400 | 403
  readonly error: string
}

const NOT_SERVED: WebSocketRefusal = {
  status: 400,
  error: 'no other protocol is served: WebSockets need "websocket" in capabilities',
}
const OTHER_ORIGIN: WebSocketRefusal = {
  status: 403,
  error:
    'a page of this origin may open no WebSocket: it is not in "origins" of capabilities.websocket',
}

/** Why the client may open no WebSocket to `agent`, which was asked at `host`; nothing when it may. */
export function webSocketRefusal(
  { webSocketOrigins }: ServedAgent,
  { origin }: WebSocketOffer,
  host: string,
): WebSocketRefusal | undefined {
  if (webSocketOrigins === undefined) return NOT_SERVED
  // Browsers always say it, and let pages of every origin ask: https://www.rfc-editor.org/rfc/rfc6455#section-10.2
  if (origin === undefined || webSocketOrigins.includes('*')) return undefined
  const asked = origin.toLowerCase()
  const isOwn = URL.parse(asked)?.host === host.toLowerCase()
  return isOwn || webSocketOrigins.includes(asked) ? undefined : OTHER_ORIGIN
}
