/**
 * Sends a request of a guest of `wasi:http`, streamed both ways.
 *
 * The guest follows redirects itself: each is a separate request, with its own grant.
 *
 * @module
 */
import { trailersOf, type InvocationContext } from '../../host-module/index.ts'
import { isBodyless, isRefusedMethod, type HttpTarget } from '../../policy/index.ts'
import {
  budgetOf,
  httpFailed,
  millis,
  pairsOf,
  receivedFields,
  refused,
  timed,
  toRequest,
  type Connected,
  type ErrorCode,
  type Fields,
  type IncomingContent,
  type RequestHead,
  type RequestOptions,
  type Result,
  type SentBody,
  type SizeError,
} from '../../wasi/http/index.ts'
import { EMPTY_SOURCE } from '../../wasi/io/index.ts'
import type { HttpClient } from './client.ts'
import { HopFailure, type Hop } from './hop.ts'
import { awaitHead, connectUpload, countIn, responseSource } from './hop-body.ts'
import { fieldsProblem } from './message.ts'

/** A request of a guest, and the client that sends it. */
export interface Asking {
  readonly client: HttpClient
  readonly context: InvocationContext
  readonly options: RequestOptions | undefined
  /** Gives the request up. */
  readonly signal?: AbortSignal | undefined
  /** The error for too many fields, when the guest changes a copy of those of the response. */
  readonly sizeError?: SizeError
}

/** A request that may be sent. */
export interface Sending extends Asking {
  readonly hop: Hop
  readonly request: Request
}

/** @throws {GuestError} with an error code, for a request that must not be sent */
export function open(head: RequestHead, asking: Asking): Sending {
  const { client, context, signal } = asking
  const { method, url, headers } = head
  if (url === undefined) throw refused({ tag: 'HTTP-request-URI-invalid' })
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    client.note(method, url.host, { outcome: 'failed', hint: 'Ask with the scheme http or https' })
    throw refused({ tag: 'HTTP-protocol-error' })
  }
  if (isRefusedMethod(method)) throw refused({ tag: 'HTTP-request-method-invalid' })
  const problem = fieldsProblem(pairsOf(headers))
  if (problem !== undefined) {
    client.note(method, url.host, { outcome: 'failed', hint: problem })
    throw refused({ tag: 'HTTP-request-header-section-size', val: undefined })
  }
  const written = head.body?.written() ?? 0
  if (written > 0 && isBodyless(method)) {
    client.note(method, url.host, { outcome: 'failed', hint: noBodyHint(method) })
    throw refused({ tag: 'HTTP-request-body-size', val: BigInt(written) })
  }
  const hop = openHop(client, { method, url }, signal)
  const body = head.body && sendBody(head.body, { method, hop, context })
  return { ...asking, hop, request: toRequest(head, url, body, hop.signal) }
}

function openHop(client: HttpClient, target: HttpTarget, signal: AbortSignal | undefined): Hop {
  try {
    return client.open(target, signal)
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

function sendBody(body: SentBody, { method, hop, context }: Target): Connected {
  if (!isBodyless(method)) return connectUpload(body, hop, context)
  const connected = connectUpload(body, hop, context, (bytes) => {
    if (bytes === 0) return true
    hop.failed(new TypeError(noBodyHint(method)))
    return false
  })
  void readToEnd(connected.readable)
  return connected
}

/** A guest may have an empty body for a request without one, and waits until it was read. */
async function readToEnd(stream: ReadableStream<Uint8Array>): Promise<void> {
  const reader = stream.getReader()
  try {
    while (!(await reader.read()).done);
  } catch {
    // The hop has recorded why.
  }
}

/** A response: its head has come. */
export interface Received {
  readonly status: number
  readonly headers: Fields
  readonly content: IncomingContent
}

/** Drivers send requests of the Web, which have no body with these methods. */
function noBodyHint(method: string): string {
  return `Send no body with ${method}: use another method, such as POST`
}

/** Sends the request, and waits for the head of the response. Never rejects. */
export async function exchange(
  sending: Sending,
  timeoutMs: number,
): Promise<Result<Received, ErrorCode>> {
  const { hop, request, options } = sending
  const asked = [options?.connectTimeout(), options?.firstByteTimeout()].map(millis)
  const stopWaiting = awaitHead(() => hop, timeoutMs)
  const ms = Math.min(...asked.filter((each) => each !== undefined))
  const timer = ms < timeoutMs ? setTimeout(() => hop.expire(), ms) : undefined
  const stopTimer = (): void => {
    stopWaiting()
    clearTimeout(timer)
  }
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

function receive(response: Response, { hop, context, options, sizeError }: Sending): Received {
  const { status } = response
  const budget = budgetOf(context)
  const headers = receivedFields(response.headers, budget, sizeError)
  const trailers = trailersOf(response)
  if (response.body === null) {
    hop.close()
    return { status, headers, content: { source: EMPTY_SOURCE, trailers, budget } }
  }
  const source = responseSource(response.body, hop, {
    onChunk: countIn(hop),
    onError: () =>
      hop.end === 'limited'
        ? httpFailed('The responses are larger than allowed', {
            tag: 'HTTP-response-body-size',
            val: BigInt(hop.bytesIn),
          })
        : httpFailed('The response broke off', { tag: 'HTTP-response-incomplete' }),
  })
  const content: IncomingContent = {
    source: timed(source, millis(options?.betweenBytesTimeout()), () => hop.expire()),
    trailers,
    budget,
    release: () => hop.cancel(),
  }
  return { status, headers, content }
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
