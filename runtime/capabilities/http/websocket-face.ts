/**
 * `mayfly:agent/websocket`: connections that the rules of `http` grant, and the rule of each for as long as it is open.
 *
 * The opening is a request, so it is decided, counted and stopped as one is. It is recorded when the connection is open,
 * and again with its bytes when it has ended.
 *
 * @module
 */
import { GuestError, type Imports, type InvocationContext } from '../../host-module/index.ts'
import type { HttpClient } from './client.ts'
import { HopFailure, type Hop, type HopEnd } from './hop.ts'
import { MalformedRequest } from './message.ts'
import {
  Connection,
  failConnection,
  openConnection,
  type WebSocketError,
} from './websocket-connection.ts'
import type { WebSocketAsked } from './websocket-driver.ts'
import { parseOpening } from './websocket-request.ts'

export interface WebSocketFaceLimits {
  readonly maxMessageBytes: number
  readonly idleMs: number
  /** Until the connection must be open. */
  readonly timeoutMs: number
}

const ERRORS: Readonly<Record<HopEnd, WebSocketError>> = {
  denied: 'denied',
  prohibited: 'denied',
  limited: 'limited',
  timeout: 'timeout',
  unavailable: 'unavailable',
  redirected: 'unavailable',
}

export function webSocketFace(
  client: HttpClient,
  context: InvocationContext,
  limits: WebSocketFaceLimits,
): Imports {
  function parse(...given: Parameters<typeof parseOpening>): WebSocketAsked {
    try {
      return parseOpening(...given)
    } catch (error) {
      if (!(error instanceof MalformedRequest)) throw error
      const target = URL.parse(given[0])?.host ?? 'no host'
      client.note('connect', target, { outcome: 'failed', hint: error.message })
      throw new GuestError('malformed')
    }
  }

  async function connect(
    url: string,
    protocols: readonly string[],
    headers: readonly (readonly [string, string])[],
  ): Promise<Connection> {
    const { callSignal } = context
    const asked = parse(url, protocols, headers)
    let hop: Hop
    try {
      hop = client.open({ method: 'GET', url: asked.url, upgrade: true }, callSignal)
    } catch (error) {
      throw asGuestError(error)
    }
    const timer = setTimeout(() => hop.expire(), limits.timeoutMs)
    try {
      return await opened(asked, hop)
    } catch (error) {
      throw asGuestError(hop.failed(error))
    } finally {
      clearTimeout(timer)
    }
  }

  async function opened(asked: WebSocketAsked, hop: Hop): Promise<Connection> {
    const { channel, redact } = await hop.connect(asked, limits)
    const { maxMessageBytes } = limits
    const connection = openConnection(channel, {
      context,
      maxMessageBytes,
      redact,
      receives: (bytes) => hop.receives(bytes),
      sends: (bytes) => hop.uploads(bytes),
      limited: (hint) => void hop.limited(hint),
      ended(end) {
        if (end.state === 'broken') hop.failed(new Error(end.hint))
        else hop.close()
      },
    })
    hop.opened()
    hop.whenStopped(() => failConnection(connection, errorOf(hop)))
    return connection
  }

  return { 'mayfly:agent/websocket': { Connection, connect } }
}

/** The error of a connection whose hop was stopped: its guest has ended, or the hop. */
function errorOf({ end }: Hop): WebSocketError {
  return end === undefined ? 'closed' : ERRORS[end]
}

function asGuestError(error: unknown): unknown {
  return error instanceof HopFailure ? new GuestError(ERRORS[error.end]) : error
}
