/**
 * A request from outside, as a guest gets it.
 *
 * @module
 */
import { trailersOf, type ExchangeContext, type WebRequest } from '../../host-module/index.ts'
import { MayflyError } from '../../errors/index.ts'
import { EMPTY_SOURCE, ReadableSource } from '../io/index.ts'
import { httpFailed } from './error-code.ts'
import { budgetOf, receivedFields, type Fields, type SizeError } from './fields.ts'
import type { IncomingContent } from './incoming-body.ts'

/** @throws {MayflyError} ERR_LIMIT_EXCEEDED when there are too many */
export function headersOf(
  { headers }: WebRequest,
  { invocation }: ExchangeContext,
  sizeError?: SizeError,
): Fields {
  try {
    return receivedFields(headers, budgetOf(invocation), sizeError)
  } catch {
    throw new MayflyError(
      'ERR_LIMIT_EXCEEDED',
      'Cannot pass on request: its headers are too many or too large',
      { facts: { limit: 'request-headers' } },
    )
  }
}

/** Its body. A guest is stopped that reads more than its bound. */
export function contentOf(request: WebRequest, context: ExchangeContext): IncomingContent {
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

/** Whether the guest has asked for more of the request than has come. */
export function isBehind({ source }: IncomingContent): boolean {
  return source instanceof ReadableSource && source.isBehind
}
