/**
 * Fields that are left out of the answers of agents: they frame the message, belong to the connection, order the server
 * in front to send its files, or reach other agents of the same web origin.
 *
 * A connection carries the answers of many agents, often behind a proxy that shares it among clients. An agent that
 * could declare a wrong length would decide where the next answer begins.
 *
 * @module
 */
import type { InvocationContext } from '../host-module/index.ts'
import {
  CONNECTION_FIELDS,
  explainOrigin,
  mayAnswer,
  ORIGIN_FIELDS,
  SERVER_ORDERS,
  type WebOrigin,
} from '../policy/index.ts'

/** Facts about the request that decide. */
export interface AnswerFacts {
  /** Whether nothing that is sent could contradict `content-length`: the answer to HEAD has no body. */
  readonly keepsLength: boolean
  /** Where a browser puts the answer; nothing when every field may go there. */
  readonly origin?: WebOrigin | undefined
  /** Called with the name of each field that `origin` lacks room for. */
  onLeftOut?(name: string): void
}

export const CONTENT_LENGTH = 'content-length'
// More digits than a file of any disk has, and fewer than a double keeps.
const LENGTH = /^(?:0|[1-9]\d{0,14})$/
const NO_CONTENT = 204
const FOR_SERVERS: ReadonlySet<string> = new Set([...CONNECTION_FIELDS, ...SERVER_ORDERS])
const LOOKED_AT: ReadonlySet<string> = new Set([...FOR_SERVERS, CONTENT_LENGTH, ...ORIGIN_FIELDS])

/** Whether the field `name`, in lower case, is to be left out. */
export function isLeftOut(name: string, value: string, facts: AnswerFacts): boolean {
  // One look-up for nearly all fields: this runs for each of every answer.
  if (!LOOKED_AT.has(name)) return false
  if (FOR_SERVERS.has(name)) return true
  if (name === CONTENT_LENGTH) return !facts.keepsLength
  if (facts.origin === undefined || mayAnswer(facts.origin, name, value)) return false
  facts.onLeftOut?.(name)
  return true
}

/**
 * Whether a length that is kept says something: it is a number as HTTP writes it, of an answer that has one (RFC 9110,
 * 8.6). A server in front would take any other for the fault of this host, or for the start of a body.
 */
export function isSendableLength(length: string, status: number): boolean {
  return LENGTH.test(length) && status !== NO_CONTENT
}

/** Takes out a length that was kept and says nothing. */
export function leaveOutLength({ headers, status }: Response): void {
  const length = headers.get(CONTENT_LENGTH)
  if (length !== null && !isSendableLength(length, status)) headers.delete(CONTENT_LENGTH)
}

/** Takes such fields out of `headers` but `trailer`: the caller has made sure of a body. */
export function leaveOut(headers: Headers, facts: AnswerFacts): void {
  for (const name of [...headers.keys()]) {
    if (name === 'set-cookie') leaveOutCookies(headers, facts)
    else if (name !== 'trailer' && isLeftOut(name, headers.get(name) ?? '', facts))
      headers.delete(name)
  }
}

/** Each has a field of its own. */
function leaveOutCookies(headers: Headers, facts: AnswerFacts): void {
  const cookies = headers.getSetCookie()
  const kept = cookies.filter((cookie) => !isLeftOut('set-cookie', cookie, facts))
  if (kept.length === cookies.length) return
  headers.delete('set-cookie')
  for (const cookie of kept) headers.append('set-cookie', cookie)
}

/**
 * Records that a field was left out, once for all answers of an agent: most send the same fields with each.
 *
 * @param known - fields that were recorded before
 */
export function recordLeftOut(
  known: Set<string>,
  invocation: InvocationContext,
  origin: WebOrigin | undefined,
  name: string,
): void {
  if (origin === undefined || known.has(name)) return
  known.add(name)
  invocation.record({
    capability: 'origin',
    action: 'answer',
    target: name,
    outcome: 'denied',
    hint: explainOrigin(origin, name),
  })
}
