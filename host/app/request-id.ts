/**
 * The id that ties the answer a client got to the lines and records of its request.
 *
 * @module
 */

import type { WebHeaders } from '../../runtime/capability/index.ts'

// A client's own id is kept when it can stand in a log line and a header as it is.
const ACCEPTED = /^[A-Za-z0-9._:-]{1,128}$/

export function requestId(headers: WebHeaders): string {
  const given = headers.get('x-request-id')
  return given !== null && ACCEPTED.test(given) ? given : crypto.randomUUID()
}
