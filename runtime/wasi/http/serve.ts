/**
 * Serves web requests with `wasi:http/incoming-handler`.
 *
 * The request streams in as the guest reads it and the response streams out as the guest writes it. The answer of a guest
 * is untrusted. Its status is checked here: servers replace the constructor of the Web API by one without checks, and
 * for a client a status below 200 does not end an answer.
 *
 * @module
 */
import {
  setTrailers,
  trailersOf,
  type Exchange,
  type ExchangeContext,
  type RequestHandler,
  type WebRequest,
} from '../../host-module/index.ts'
import { checkFinalStatus, isNullBodyStatus } from '../../policy/index.ts'
import { MayflyError } from '../../errors/index.ts'
import { WASI_HTTP_HANDLER } from '../../serve/index.ts'
import { EMPTY_SOURCE, ReadableSource } from '../io/index.ts'
import { httpFailed, type ErrorCode } from './error-code.ts'
import { budgetOf, contentLengthOf, pairsOf, receivedFields, type Fields } from './fields.ts'
import type { Result } from './future.ts'
import type { IncomingContent } from './incoming-body.ts'
import { abandon, connect, isFinished } from './outgoing-body.ts'
import { IncomingRequest } from './request.ts'
import { ResponseOutparam, type Answer } from './response.ts'

export const INCOMING_HANDLER: RequestHandler = {
  export: WASI_HTTP_HANDLER,
  open,
}

function open(request: WebRequest, context: ExchangeContext): Exchange {
  let answer: Result<Answer, ErrorCode> | undefined
  let taken = false
  const content = contentOf(request, context)
  const { source } = content
  const incoming = new IncomingRequest(
    request.method,
    new URL(request.url),
    headersOf(request, context),
    content,
  )
  const outparam = new ResponseOutparam((given) => {
    answer = given
  })
  return {
    args: [incoming, outparam],
    take() {
      if (answer === undefined || taken) return undefined
      taken = true
      return toResponse(answer, request.method === 'HEAD', context)
    },
    returned() {
      return answer?.tag === 'ok' && (answer.val.body === undefined || isFinished(answer.val.body))
    },
    checksLength: () => answer?.tag === 'ok' && checksLength(answer.val),
    awaitsRequest: () => source instanceof ReadableSource && source.isBehind,
    fail(error) {
      if (answer?.tag === 'ok' && answer.val.body !== undefined) abandon(answer.val.body, error)
    },
  }
}

function headersOf({ headers }: WebRequest, { invocation }: ExchangeContext): Fields {
  try {
    return receivedFields(headers, budgetOf(invocation))
  } catch {
    throw new MayflyError(
      'ERR_LIMIT_EXCEEDED',
      'Cannot pass on request: its headers are too many or too large',
      { facts: { limit: 'request-headers' } },
    )
  }
}

function contentOf(request: WebRequest, context: ExchangeContext): IncomingContent {
  const trailers = trailersOf(request)
  const budget = budgetOf(context.invocation)
  if (request.body === null) return { source: EMPTY_SOURCE, trailers, budget }
  let received = 0
  const source = new ReadableSource(request.body, {
    onChunk(bytes) {
      received += bytes
      if (received <= context.maxRequestBytes) return
      context.exceeded('request-body', received)
      throw new RangeError('The body is larger than allowed')
    },
    onError: () => httpFailed('The request broke off', { tag: 'HTTP-protocol-error' }),
  })
  return { source, trailers, budget }
}

/** Whether `answer` says how long its body is, in a form that all readers take for the same. */
function checksLength({ status, headers, body }: Answer): boolean {
  if (body === undefined || isNullBodyStatus(status) || contentLengthOf(headers) === undefined)
    return false
  // Trailers follow a body in chunks, which has no length.
  return !headers.has('trailer')
}

function toResponse(
  answer: Result<Answer, ErrorCode>,
  isHead: boolean,
  context: ExchangeContext,
): Response {
  if (answer.tag === 'err')
    throw new MayflyError('ERR_GUEST_FAILED', `Agent answered with error "${answer.val.tag}"`)
  const { status, headers, body } = answer.val
  checkFinalStatus(status)
  const discard = isHead || isNullBodyStatus(status)
  let sent = 0
  const connected =
    body &&
    connect(body, {
      discard,
      admits: (bytes) => {
        sent += bytes
        if (sent <= context.maxResponseBytes) return true
        context.exceeded('response-body', sent)
        return false
      },
      cancelled: () => context.cancelled(),
    })
  const response = makeResponse(discard ? null : (connected?.readable ?? null), status, headers)
  if (connected !== undefined) setTrailers(response, connected.trailers)
  return response
}

function makeResponse(
  body: ReadableStream<Uint8Array> | null,
  status: number,
  headers: Fields,
): Response {
  const pairs = pairsOf(headers)
  // `trailer` announces trailers, and only a message with a body can have them.
  const sent = body === null ? pairs.filter(([name]) => name !== 'trailer') : pairs
  try {
    return new Response(body as BodyInit | null, { status, headers: sent })
  } catch (cause) {
    throw new MayflyError(
      'ERR_GUEST_FAILED',
      `Cannot send response of status ${status}: its headers are not valid`,
      { cause },
    )
  }
}
