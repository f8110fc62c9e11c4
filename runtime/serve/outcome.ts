/**
 * The outcomes of an invocation, and their appearance from outside.
 *
 * A client learns a status and a request id. The reason is for the operator: it goes to `onInvocation`, never into the
 * response.
 *
 * @module
 */
import { isMayflyError, MayflyError } from '../errors/index.ts'

/** The kinds of limits. */
export const LIMITS = [
  'deadline',
  'fuel',
  'memory',
  'request-time',
  'request-headers',
  'request-body',
  'response-body',
  'calls',
  'concurrency',
  'bodies',
] as const
/** One of `LIMITS`. */
export type Limit = (typeof LIMITS)[number]

/** How an invocation has ended. */
export type Outcome =
  | { readonly state: 'completed'; readonly status: number }
  /** The guest answered with its error variant, or threw. */
  | { readonly state: 'failed'; readonly error: MayflyError }
  | { readonly state: 'trapped'; readonly error: MayflyError }
  | { readonly state: 'limited'; readonly limit: Limit; readonly error: MayflyError }
  | { readonly state: 'killed'; readonly error: MayflyError }
  /** The client, or the calling agent, left before it had its answer: no fault of the guest. */
  | { readonly state: 'abandoned'; readonly error: MayflyError }
  /** The guest never ran. */
  | { readonly state: 'rejected'; readonly error: MayflyError }

/** Sorts an error by how the invocation ended. Anything that is not ours is a trap: a guest caused it. */
export function outcomeOf(error: unknown): Outcome {
  if (!isMayflyError(error)) return { state: 'trapped', error: trapped(error) }
  switch (error.code) {
    case 'ERR_LIMIT_EXCEEDED':
      return { state: 'limited', limit: limitOf(error), error }
    case 'ERR_GUEST_FAILED':
      return { state: 'failed', error }
    case 'ERR_GUEST_KILLED':
      return { state: 'killed', error }
    case 'ERR_CLIENT_GONE':
      return { state: 'abandoned', error }
    case 'ERR_EXPORT_MISSING':
    case 'ERR_POOL_EXHAUSTED':
    case 'ERR_RUNTIME_CLOSED':
    case 'ERR_HOST_UNAVAILABLE':
      return { state: 'rejected', error }
    default:
      return { state: 'trapped', error }
  }
}

const LIMIT_STATUS: Readonly<Record<Limit, number>> = {
  deadline: 504,
  fuel: 504,
  memory: 500,
  'request-time': 408,
  'request-headers': 431,
  'request-body': 413,
  'response-body': 500,
  calls: 429,
  concurrency: 503,
  bodies: 503,
}

// Of no standard: proxies log it for requests whose client left. https://nginx.org/en/docs/dev/development_guide.html
const CLIENT_LEFT = 499

/**
 * The HTTP status that stands for an outcome. An agent that answered with a status that may not be sent gets the status
 * for a broken server behind a gateway.
 */
export function statusOf(outcome: Outcome): number {
  switch (outcome.state) {
    case 'completed':
      return outcome.status
    case 'failed':
      return 'status' in outcome.error.facts ? 502 : 500
    case 'trapped':
      return 500
    case 'limited':
      return LIMIT_STATUS[outcome.limit]
    case 'killed':
      return 503
    case 'abandoned':
      return CLIENT_LEFT
    case 'rejected':
      return outcome.error.code === 'ERR_EXPORT_MISSING' ? 501 : 503
  }
}

/** Makes the error of a limit that ran out. */
export function limitExceeded(limit: Limit, message: string, hint?: string): MayflyError {
  return new MayflyError('ERR_LIMIT_EXCEEDED', message, {
    facts: { limit },
    ...(hint === undefined ? {} : { hint }),
  })
}

function limitOf(error: MayflyError): Limit {
  return LIMITS.find((limit) => limit === error.facts['limit']) ?? 'calls'
}

function trapped(error: unknown): MayflyError {
  const message = error instanceof Error ? error.message : String(error)
  return new MayflyError('ERR_GUEST_TRAPPED', `Guest trapped: ${message}`, { cause: error })
}
