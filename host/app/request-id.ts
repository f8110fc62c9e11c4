/**
 * The id that ties the answer a client got to the lines and records of its request.
 *
 * It is always ours: records are found and proved by it, so no client may choose that of another.
 *
 * @module
 */

import type { WebHeaders } from '../../runtime/host-module/index.ts'

export function requestId(): string {
  return crypto.randomUUID()
}

// Ids that can stand in a log line unchanged.
const ACCEPTED = /^[A-Za-z0-9._:-]{1,128}$/

/** The id that a client or a proxy before us gave the request, for the log to find it by. */
export function correlationOf(headers: WebHeaders): string | undefined {
  const given = headers.get('x-request-id')
  return given !== null && ACCEPTED.test(given) ? given : undefined
}
