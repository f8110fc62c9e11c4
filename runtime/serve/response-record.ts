/**
 * Makes the Web's Response from the record `mayfly:agent/types.response`.
 *
 * The record of a guest is untrusted: status, header names and values are checked here, and a refusal is the guest's
 * failure, not the host's.
 *
 * @module
 */
import { MayflyError } from '../errors/index.ts'
import { leaveUntyped } from '../host-module/index.ts'
import { checkFinalStatus, isFieldName, isFieldValue, isNullBodyStatus } from '../policy/index.ts'
import { isLeftOut, leaveOutLength, type AnswerFacts } from './answer-fields.ts'
import { bodyTooLarge } from './body-errors.ts'
import type { HeaderPair } from './request-record.ts'

/** `mayfly:agent/types.response` as a WIT value. */
export interface ResponseRecord {
  readonly status: number
  readonly headers: HeaderPair[]
  readonly body: Uint8Array
}

// Beyond it copying costs more than the write that is saved.
const MAX_TEXT_BYTES = 4_096
const CONTENT_TYPE = 'content-type'
const TEXT_TYPE = /^(text\/|application\/json\b)/i
const NON_ASCII = /[^\0-\x7f]/
// A mark at the beginning is part of the body.
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** Facts about the request that an answer needs. */
export interface ExchangeFacts extends AnswerFacts {
  readonly id: string
}

/**
 * Makes a Response from the record of a guest.
 *
 * @throws {MayflyError} ERR_GUEST_FAILED when the record is not a valid response, ERR_LIMIT_EXCEEDED when its body is
 *   too large
 */
export function toResponse(
  record: ResponseRecord,
  maxBodyBytes: number,
  exchange: ExchangeFacts,
): Response {
  if (record.body.byteLength > maxBodyBytes)
    throw bodyTooLarge('response-body', record.body.byteLength, maxBodyBytes)
  const { body, status, headers } = record
  if (body.byteLength === 0 || isNullBodyStatus(status))
    return makeResponse(null, status, headers, exchange)
  return makeResponse(
    (isReplaced() ? textOf(record) : undefined) ?? body,
    status,
    headers,
    exchange,
  )
}

/** Whether a server adapter has put a class of its own in the place of the platform's, from which that inherits. */
function isReplaced(): boolean {
  return Object.getPrototypeOf(Response) !== Function.prototype
}

/**
 * A small text as a string: server adapters send it in one write together with the head, bytes in one of
 * their own. Only where the agent names its type: without one the constructor would make it up. Not with a field outside
 * ASCII: the head would be written in the encoding of the text, which is not that of fields.
 */
function textOf({ body, headers }: ResponseRecord): string | undefined {
  if (body.byteLength > MAX_TEXT_BYTES) return undefined
  const [, type] = headers.find(([name]) => isContentType(name)) ?? []
  if (type === undefined || !TEXT_TYPE.test(type)) return undefined
  if (headers.some(([, value]) => NON_ASCII.test(value))) return undefined
  try {
    return utf8.decode(body)
  } catch {
    // The bytes are not valid UTF-8, whatever the header says: a string would not give them back.
    return undefined
  }
}

function isContentType(name: string): boolean {
  return name.length === CONTENT_TYPE.length && name.toLowerCase() === CONTENT_TYPE
}

/**
 * Makes a Response with the request id among its headers, and none that agents may not send.
 *
 * Checked here and not left to the constructor: server adapters replace it by one without checks.
 *
 * @throws {MayflyError} ERR_GUEST_FAILED when status or headers are not valid
 */
export function makeResponse(
  body: string | Uint8Array | ReadableStream<Uint8Array> | null,
  status: number,
  headers: readonly HeaderPair[],
  exchange: ExchangeFacts,
): Response {
  checkFinalStatus(status)
  if (body !== null && isNullBodyStatus(status)) throw notSendable(`status ${status} has no body`)
  // The DOM's types know no bytes of a buffer that might be shared; these are copies.
  const response = new Response(body as BodyInit | null, {
    status,
    headers: sentHeaders(headers, exchange),
  })
  if (body !== null && !headers.some(([name]) => isContentType(name))) leaveUntyped(response)
  if (exchange.keepsLength) leaveOutLength(response)
  return response
}

/** A plain object where names differ, as nearly always: adapters write it out as it is. */
function sentHeaders(
  pairs: readonly HeaderPair[],
  exchange: ExchangeFacts,
): Record<string, string> | HeaderPair[] {
  const headers: Record<string, string> = {}
  let distinct = true
  for (const [name, value] of pairs) {
    if (!isFieldName(name)) throw notSendable(`the name of header "${name}" is not valid`)
    if (!isFieldValue(value)) throw notSendable(`the value of header "${name}" is not valid`)
    const key = name.toLowerCase()
    // Server adapters keep headers in objects, and lose this one without a word.
    if (key === '__proto__') throw notSendable(`the name of header "${name}" cannot be sent`)
    if (isLeftOut(key, value, exchange)) continue
    // Inherited names, such as `constructor`, count as present: headers with such names go as pairs.
    distinct &&= !(key in headers)
    headers[key] = value
  }
  if (distinct) {
    headers[REQUEST_ID] = exchange.id
    return headers
  }
  const kept = pairs.filter(([name, value]) => {
    const key = name.toLowerCase()
    return key !== REQUEST_ID && !isLeftOut(key, value, exchange)
  })
  return [...kept, [REQUEST_ID, exchange.id]]
}

const REQUEST_ID = 'x-request-id'

function notSendable(reason: string): MayflyError {
  return new MayflyError('ERR_GUEST_FAILED', `Cannot send response: ${reason}`, {
    hint: 'Return header names and values that HTTP allows',
  })
}
