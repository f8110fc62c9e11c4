/**
 * The response to a client when the agent gave no answer: a status, a reason and the request id.
 *
 * @module
 */
import { outcomeOf, statusOf, type Outcome } from './outcome.ts'

const RETRY_AFTER_SECONDS = '1'

const REASONS: Readonly<Record<number, string>> = {
  408: 'request not sent in time',
  413: 'request body too large',
  429: 'too many calls',
  431: 'request headers too large',
  499: 'client left',
  500: 'agent failed',
  501: 'agent answers no requests',
  502: 'agent failed',
  503: 'agent not available',
  504: 'deadline exceeded',
}

/** The response to a client when `agent.call` threw `error`. */
export function refusalOf(error: unknown, id: string): Response {
  return refusal(outcomeOf(error), id)
}

/**
 * What a client gets for `outcome`.
 *
 * @param id - the request id, sent as `x-request-id` and in the body
 */
export function refusal(
  outcome: Outcome,
  id: string,
  status: number = statusOf(outcome),
): Response {
  const headers: Record<string, string> = {
    'content-type': 'application/json',
    'x-request-id': id,
  }
  if (status === 503) headers['retry-after'] = RETRY_AFTER_SECONDS
  // The host does not wait for the rest of the request. https://www.rfc-editor.org/rfc/rfc9110#section-15.5.9
  if (status === 408) headers['connection'] = 'close'
  return new Response(JSON.stringify({ error: REASONS[status] ?? 'error', requestId: id }), {
    status,
    headers,
  })
}
