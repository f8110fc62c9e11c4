/**
 * `wasi:http/outgoing-handler` and `wasi:http/client@0.3`: the same client, with the resources of each version.
 *
 * @module
 */
import type { Imports, InvocationContext } from '../../host-module/index.ts'
import {
  FutureIncomingResponse,
  headOf,
  IncomingResponse,
  receivedBody,
  refused,
  sentRequest,
  ServiceResponse,
  type ErrorCode,
  type OutgoingRequest,
  type RequestOptions,
  type Result,
  type ServiceRequest,
} from '../../wasi/http/index.ts'
import type { HttpClient } from './client.ts'
import { exchange, open, type Asking, type Received } from './wasi-exchange.ts'

export interface WasiFaceLimits {
  readonly timeoutMs: number
}

export function wasiFace(
  client: HttpClient,
  context: InvocationContext,
  { timeoutMs }: WasiFaceLimits,
): Imports {
  return {
    'wasi:http/outgoing-handler': {
      handle: (request: OutgoingRequest, options: RequestOptions | undefined) => {
        const sending = open(headOf(request), { client, context, options })
        return new FutureIncomingResponse(incoming(exchange(sending, timeoutMs)))
      },
    },
    'wasi:http/client@0.3': {
      send: (request: ServiceRequest) => send(request, { client, context }, timeoutMs),
    },
  }
}

/** Never rejects. */
async function incoming(
  receiving: Promise<Result<Received, ErrorCode>>,
): Promise<Result<IncomingResponse, ErrorCode>> {
  const received = await receiving
  if (received.tag === 'err') return received
  const { status, headers, content } = received.val
  return { tag: 'ok', val: new IncomingResponse(status, headers, content) }
}

/** @throws {GuestError} with an error code */
async function send(
  request: ServiceRequest,
  asking: Pick<Asking, 'client' | 'context'>,
  timeoutMs: number,
): Promise<ServiceResponse> {
  const { head, options, sent } = sentRequest(request)
  const { callSignal: signal } = asking.context
  try {
    const sending = open(head, { ...asking, options, signal, sizeError: 'size-exceeded' })
    const received = await exchange(sending, timeoutMs)
    if (received.tag === 'err') throw refused(received.val)
    // Where there is a body, it says itself when it was sent.
    if (head.body === undefined) sent({ tag: 'ok', val: undefined })
    const { status, headers, content } = received.val
    return new ServiceResponse(status, headers, receivedBody(content))
  } catch (error) {
    head.body?.abandon(error)
    sent({ tag: 'err', val: NOT_SENT })
    throw error
  }
}

// Why it was not, the function has returned.
const NOT_SENT: ErrorCode = { tag: 'connection-terminated' }
