/**
 * Makes an answer of the record `mayfly:agent/types.response`.
 *
 * The record of a guest is untrusted: status, header names and values are checked here, and a refusal is the guest's
 * failure, not the host's.
 *
 * @module
 */
import { MayflyError } from '../errors/index.ts'
import { checkFinalStatus, isFieldName, isFieldValue, isNullBodyStatus } from '../policy/index.ts'
import { CONTENT_LENGTH, isLeftOut, isSendableLength, type AnswerFacts } from './answer-fields.ts'
import { bodyTooLarge } from './body-errors.ts'
import type { HeaderPair } from './request-record.ts'
import { responseOf, WholeAnswer } from './whole-answer.ts'

/** `mayfly:agent/types.response` as a WIT value. */
export interface ResponseRecord {
  readonly status: number
  readonly headers: HeaderPair[]
  readonly body: Uint8Array
}

/** Facts about the request that an answer needs. */
export interface ExchangeFacts extends AnswerFacts {
  readonly id: string
}

const REQUEST_ID = 'x-request-id'

/**
 * Makes an answer of the record of a guest.
 *
 * @throws {MayflyError} ERR_GUEST_FAILED when the record is not a valid response, ERR_LIMIT_EXCEEDED when its body is
 *   too large
 */
export function toAnswer(
  { status, headers, body }: ResponseRecord,
  maxBodyBytes: number,
  exchange: ExchangeFacts,
): WholeAnswer {
  if (body.byteLength > maxBodyBytes)
    throw bodyTooLarge('response-body', body.byteLength, maxBodyBytes)
  const hasBody = body.byteLength > 0 && !isNullBodyStatus(status)
  return new WholeAnswer(status, sentFields(status, headers, exchange), hasBody ? body : null)
}

/**
 * Makes a Response with the request id among its headers, and none that agents may not send.
 *
 * @throws {MayflyError} ERR_GUEST_FAILED when status or headers are not valid
 */
export function makeResponse(
  body: ReadableStream<Uint8Array> | null,
  status: number,
  headers: readonly HeaderPair[],
  exchange: ExchangeFacts,
): Response {
  const fields = sentFields(status, headers, exchange)
  if (body !== null && isNullBodyStatus(status)) throw notSendable(`status ${status} has no body`)
  return responseOf(status, fields, body)
}

/**
 * Returns names and values in turn. Checked here and not left to a constructor of `Response`: server adapters replace
 * that by one without checks.
 *
 * @throws {MayflyError} ERR_GUEST_FAILED when status or headers are not valid
 */
export function sentFields(
  status: number,
  pairs: readonly (readonly [string, string])[],
  exchange: ExchangeFacts,
): string[] {
  checkFinalStatus(status)
  const fields: string[] = []
  let lengths = 0
  for (const [name, value] of pairs) {
    if (!isFieldName(name)) throw notSendable(`the name of header "${name}" is not valid`)
    if (!isFieldValue(value)) throw notSendable(`the value of header "${name}" is not valid`)
    const key = name.toLowerCase()
    // Server adapters keep headers in objects, and lose this one without a word.
    if (key === '__proto__') throw notSendable(`the name of header "${name}" cannot be sent`)
    if (key === REQUEST_ID || isLeftOut(key, value, exchange)) continue
    if (key === CONTENT_LENGTH) {
      lengths++
      if (!isSendableLength(value, status)) continue
    }
    fields.push(key, value)
  }
  fields.push(REQUEST_ID, exchange.id)
  return lengths > 1 ? withoutLength(fields) : fields
}

/** Of several lengths none can be trusted. */
function withoutLength(fields: readonly string[]): string[] {
  return fields.filter((_, at) => fields[at - (at % 2)] !== CONTENT_LENGTH)
}

function notSendable(reason: string): MayflyError {
  return new MayflyError('ERR_GUEST_FAILED', `Cannot send response: ${reason}`, {
    hint: 'Return header names and values that HTTP allows',
  })
}
