/**
 * Sends the answer of a guest, which is untrusted.
 *
 * Its status is checked here: servers replace the constructor of the Web API by one without checks, and for a client a
 * status below 200 does not end an answer.
 *
 * @module
 */
import { setTrailers, type ExchangeContext } from '../../host-module/index.ts'
import { checkFinalStatus, isNullBodyStatus } from '../../policy/index.ts'
import { MayflyError } from '../../errors/index.ts'
import { contentLengthOf, pairsOf, type Fields } from './fields.ts'
import type { Answer } from './response.ts'

/** Whether `answer` says how long its body is, in a form that all readers take for the same. */
export function checksLength({ status, headers, body }: Answer): boolean {
  if (body === undefined || isNullBodyStatus(status) || contentLengthOf(headers) === undefined)
    return false
  // Trailers follow a body in chunks, which has no length.
  return !headers.has('trailer')
}

/**
 * @param isHead - whether it answers a request for the head only
 * @throws {MayflyError} ERR_GUEST_FAILED when it is not valid
 */
export function sendAnswer(
  { status, headers, body }: Answer,
  isHead: boolean,
  context: ExchangeContext,
): Response {
  checkFinalStatus(status)
  const discard = isHead || isNullBodyStatus(status)
  let sent = 0
  const connected = body?.connect({
    discard,
    admits: (bytes) => {
      sent += bytes
      // They may be of another body, and have never been in the memory of the guest.
      context.invocation.work('byte', bytes)
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
