/**
 * Which methods and statuses HTTP messages may have, for all that sends or serves them.
 *
 * @module
 */
import { MayflyError } from '../errors/index.ts'

// CONNECT asks for a tunnel. TRACE and TRACK ask a server to return the request, with its credentials.
const REFUSED_METHODS: ReadonlySet<string> = new Set(['CONNECT', 'TRACE', 'TRACK'])
// https://fetch.spec.whatwg.org/#dom-request
const BODYLESS_METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD'])
// https://fetch.spec.whatwg.org/#null-body-status
const NULL_BODY_STATUSES: ReadonlySet<number> = new Set([204, 205, 304])
// One below tells a client that another follows: it would take the answer to its next request for that.
const LEAST_STATUS = 200
const MOST_STATUS = 599

/** Whether no request with `method` is sent or served, in any spelling. */
export function isRefusedMethod(method: string): boolean {
  return REFUSED_METHODS.has(method.toUpperCase())
}

/** Whether the Fetch standard lets a request with `method` have no body. */
export function isBodyless(method: string): boolean {
  return BODYLESS_METHODS.has(method.toUpperCase())
}

/** Whether a response with `status` has no body. */
export function isNullBodyStatus(status: number): boolean {
  return NULL_BODY_STATUSES.has(status)
}

/**
 * @throws {MayflyError} ERR_GUEST_FAILED, with the fact `status`, when no answer may end with `status`
 */
export function checkFinalStatus(status: number): void {
  if (status >= LEAST_STATUS && status <= MOST_STATUS) return
  throw new MayflyError('ERR_GUEST_FAILED', `Cannot send response: its status is ${status}`, {
    hint: `Answer with a status from ${LEAST_STATUS} to ${MOST_STATUS}`,
    facts: { status },
  })
}
