/**
 * `wasi:http/outgoing-handler`: the same client, streamed both ways.
 *
 * The guest follows redirects itself: each is a separate request, with its own grant.
 *
 * @module
 */
import { trailersOf, type Imports, type InvocationContext } from '../../host-module/index.ts'
import { isBodyless, isRefusedMethod } from '../../policy/index.ts'
import {
  abandon,
  budgetOf,
  connect,
  FutureIncomingResponse,
  headOf,
  httpFailed,
  IncomingResponse,
  millis,
  pairsOf,
  receivedFields,
  refused,
  timed,
  writtenBytes,
  toRequest,
  type Connected,
  type ErrorCode,
  type OutgoingBody,
  type OutgoingRequest,
  type RequestHead,
  type RequestOptions,
  type Result,
} from '../../wasi/http/index.ts'
import { EMPTY_SOURCE, ReadableSource } from '../../wasi/io/index.ts'
import type { HttpClient } from './client.ts'
import { HopFailure, type Hop } from './hop.ts'
import { fieldsProblem } from './message.ts'

export interface WasiFaceLimits {
  readonly timeoutMs: number
}

export function wasiFace(
  client: HttpClient,
  context: InvocationContext,
  limits: WasiFaceLimits,
): Imports {
  return {
    'wasi:http/outgoing-handler': {
      handle: (request: OutgoingRequest, options: RequestOptions | undefined) => {
        const sending = open(headOf(request), { client, context, options })
        return new FutureIncomingResponse(exchange(sending, limits.timeoutMs))
      },
    },
  }
}

interface Asking {
  readonly client: HttpClient
  readonly context: InvocationContext
  readonly options: RequestOptions | undefined
}

interface Sending extends Asking {
  readonly hop: Hop
  readonly request: Request
}

/** @throws {GuestError} with an error code, for a request that must not be sent */
function open(head: RequestHead, asking: Asking): Sending {
  const { client, context } = asking
  const { method, url, headers } = head
  if (url === undefined) throw refused({ tag: 'HTTP-request-URI-invalid' })
  if (isRefusedMethod(method)) throw refused({ tag: 'HTTP-request-method-invalid' })
  const problem = fieldsProblem(pairsOf(headers))
  if (problem !== undefined) {
    client.note(method, url.host, { outcome: 'failed', hint: problem })
    throw refused({ tag: 'HTTP-request-header-section-size', val: undefined })
  }
  const written = head.body === undefined ? 0 : writtenBytes(head.body)
  if (written > 0 && isBodyless(method)) {
    client.note(method, url.host, { outcome: 'failed', hint: noBodyHint(method) })
    throw refused({ tag: 'HTTP-request-body-size', val: BigInt(written) })
  }
  const hop = openHop(client, method, url)
  const body = head.body && sendBody(head.body, { method, hop, context })
  return { ...asking, hop, request: toRequest(head, url, body, hop.signal) }
}

function openHop(client: HttpClient, method: string, url: URL): Hop {
  try {
    return client.open({ method, url })
  } catch (error) {
    if (!(error instanceof HopFailure)) throw error
    const isLimited = error.end === 'limited'
    throw refused({ tag: isLimited ? 'connection-limit-reached' : 'HTTP-request-denied' })
  }
}

interface Target {
  readonly method: string
  readonly hop: Hop
  readonly context: InvocationContext
}

function sendBody(body: OutgoingBody, { method, hop, context }: Target): Connected {
  context.defer(() => abandon(body, new TypeError('The invocation ended')))
  const isRefused = isBodyless(method)
  return connect(body, {
    discard: false,
    admits(bytes) {
      if (!isRefused) return hop.sends(bytes)
      if (bytes === 0) return true
      hop.failed(new TypeError(noBodyHint(method)))
      return false
    },
    cancelled: () => {},
  })
}

/** Drivers send requests of the Web, which have no body with these methods. */
function noBodyHint(method: string): string {
  return `Send no body with ${method}: use another method, such as POST`
}

async function exchange(
  sending: Sending,
  timeoutMs: number,
): Promise<Result<IncomingResponse, ErrorCode>> {
  const { hop, request, options } = sending
  const asked = [options?.connectTimeout(), options?.firstByteTimeout()].map(millis)
  const ms = Math.min(timeoutMs, ...asked.filter((each) => each !== undefined))
  const timer = setTimeout(() => hop.expire(), ms)
  const stopTimer = (): void => clearTimeout(timer)
  hop.signal.addEventListener('abort', stopTimer)
  try {
    return { tag: 'ok', val: receive(await hop.send(request), sending) }
  } catch (error) {
    return { tag: 'err', val: codeOf(hop, error) }
  } finally {
    stopTimer()
    hop.signal.removeEventListener('abort', stopTimer)
  }
}

function receive(response: Response, { hop, context, options }: Sending): IncomingResponse {
  const budget = budgetOf(context)
  const headers = receivedFields(response.headers, budget)
  const trailers = trailersOf(response)
  if (response.body === null) {
    hop.close()
    return new IncomingResponse(response.status, headers, {
      source: EMPTY_SOURCE,
      trailers,
      budget,
    })
  }
  const source = new ReadableSource(response.body, {
    onChunk: (bytes) => {
      if (!hop.receives(bytes)) throw hop.failure
    },
    onEnd: (error) => (error === undefined ? hop.close() : void hop.failed(error)),
    onError: () =>
      hop.end === 'limited'
        ? httpFailed('The responses are larger than allowed', {
            tag: 'HTTP-response-body-size',
            val: BigInt(hop.bytesIn),
          })
        : httpFailed('The response broke off', { tag: 'HTTP-response-incomplete' }),
  })
  return new IncomingResponse(response.status, headers, {
    source: timed(source, millis(options?.betweenBytesTimeout()), () => hop.expire()),
    trailers,
    budget,
    release: () => hop.cancel(),
  })
}

function codeOf(hop: Hop, error: unknown): ErrorCode {
  const { end } = hop.failed(error)
  switch (end) {
    case 'denied':
      return { tag: 'HTTP-request-denied' }
    case 'prohibited':
      return { tag: 'destination-IP-prohibited' }
    case 'limited':
      return { tag: 'HTTP-request-body-size', val: BigInt(hop.bytesOut) }
    case 'timeout':
      return { tag: 'HTTP-response-timeout' }
    case 'unavailable':
    case 'redirected':
      return { tag: 'destination-unavailable' }
  }
}
