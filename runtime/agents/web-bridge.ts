/**
 * Between the Web's Request and Response and the records of `mayfly:agent/types`.
 *
 * What a guest returns is untrusted: status, header names and values are checked by the constructors of the
 * Web API, and a refusal is the guest's failure, not the host's.
 *
 * @module
 */
import { BODIES_HINT, type WebRequest } from '../host-module/index.ts'
import { checkFinalStatus, isNullBodyStatus } from '../policy/index.ts'
import { MayflyError } from '../errors/index.ts'
import type { HeldBytes } from '../meter/index.ts'
import { endToEnd, isFieldName, isFieldValue } from '../policy/index.ts'
import { isFraming } from './framing.ts'
import { limitExceeded } from './outcome.ts'

/** A pair of header name and value. */
export type HeaderPair = [name: string, value: string]

/** `mayfly:agent/types.request` as a WIT value. */
export interface RequestRecord {
  readonly method: string
  readonly url: string
  readonly headers: HeaderPair[]
  readonly body: Uint8Array
}

/** `mayfly:agent/types.response` as a WIT value. */
export interface ResponseRecord {
  readonly status: number
  readonly headers: HeaderPair[]
  readonly body: Uint8Array
}

const NO_BYTES = new Uint8Array(0)
// Beyond it copying costs more than the write that is saved.
const MAX_TEXT_BYTES = 4_096
const CONTENT_TYPE = 'content-type'
const TEXT_TYPE = /^(text\/|application\/json\b)/i
// A mark at the beginning is part of the body.
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/**
 * Reads a request to its end; a promise only when there is a body to wait for.
 *
 * @param held - counts the body
 * @throws {MayflyError} ERR_LIMIT_EXCEEDED when the body has more than `maxBodyBytes`, or cannot be held
 */
export function toRequestRecord(
  request: WebRequest,
  maxBodyBytes: number,
  held: HeldBytes,
): RequestRecord | Promise<RequestRecord> {
  const { method, url } = request
  const headers = endToEnd(request.headers)
  if (request.body === null) return { method, url, headers, body: NO_BYTES }
  return readBody(request, maxBodyBytes, held).then((body) => ({ method, url, headers, body }))
}

/** What an answer must know of its request. */
export interface ExchangeFacts {
  readonly id: string
  readonly isHead: boolean
}

/**
 * Makes a Response from what a guest returned.
 *
 * @throws {MayflyError} ERR_GUEST_FAILED when the record is no valid response, ERR_LIMIT_EXCEEDED when its
 *   body is too large
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
  return makeResponse(textOf(record) ?? body, status, headers, exchange)
}

/**
 * A small text as a string: server adapters send it in one write together with the head, bytes in one of
 * their own. Only where its type is told: without one the constructor would make it up.
 */
function textOf({ body, headers }: ResponseRecord): string | undefined {
  if (body.byteLength > MAX_TEXT_BYTES) return undefined
  const [, type] = headers.find(([name]) => isContentType(name)) ?? []
  if (type === undefined || !TEXT_TYPE.test(type)) return undefined
  try {
    return utf8.decode(body)
  } catch {
    // Whatever it says it is: bytes that would not come out of the string again.
    return undefined
  }
}

function isContentType(name: string): boolean {
  return name.length === CONTENT_TYPE.length && name.toLowerCase() === CONTENT_TYPE
}

/**
 * Makes a Response with the request id among its headers, and none that frame the message.
 *
 * Checked here and not left to the constructor: server adapters replace it by one that believes everything.
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
  return new Response(body as BodyInit | null, { status, headers: sentHeaders(headers, exchange) })
}

/** A plain object where names differ, as nearly always: adapters write it out as it is. */
function sentHeaders(
  pairs: readonly HeaderPair[],
  { id, isHead }: ExchangeFacts,
): Record<string, string> | HeaderPair[] {
  const headers: Record<string, string> = {}
  let distinct = true
  for (const [name, value] of pairs) {
    if (!isFieldName(name)) throw notSendable(`the name of header "${name}" is not valid`)
    if (!isFieldValue(value)) throw notSendable(`the value of header "${name}" is not valid`)
    const key = name.toLowerCase()
    // Server adapters keep headers in objects, and lose this one without a word.
    if (key === '__proto__') throw notSendable(`the name of header "${name}" cannot be sent`)
    if (isFraming(key, isHead)) continue
    // What every object has, `constructor` say, counts as there: such headers go as pairs.
    distinct &&= !(key in headers)
    headers[key] = value
  }
  if (distinct) {
    headers[REQUEST_ID] = id
    return headers
  }
  const kept = pairs.filter(([name]) => {
    const key = name.toLowerCase()
    return key !== REQUEST_ID && !isFraming(key, isHead)
  })
  return [...kept, [REQUEST_ID, id]]
}

const REQUEST_ID = 'x-request-id'

function notSendable(reason: string): MayflyError {
  return new MayflyError('ERR_GUEST_FAILED', `Cannot send response: ${reason}`, {
    hint: 'Return header names and values that HTTP allows',
  })
}

/** The error of a body that has more bytes than the manifest allows. */
export function bodyTooLarge(
  limit: 'request-body' | 'response-body',
  bytes: number,
  maxBytes: number,
): MayflyError {
  const [noun, key] =
    limit === 'request-body' ? ['request', 'requestBodyBytes'] : ['response', 'responseBodyBytes']
  return limitExceeded(
    limit,
    `Cannot pass on ${noun} body: ${bytes} bytes or more, ${maxBytes} allowed`,
    `Raise limits.${key} in agent.json`,
  )
}

/** The error of a body that the host cannot hold beside those it holds already. */
export function tooManyBodies(): MayflyError {
  return limitExceeded(
    'bodies',
    'Cannot hold a body: too many bytes are held for the agent',
    BODIES_HINT,
  )
}

async function readBody(
  request: WebRequest,
  maxBytes: number,
  held: HeldBytes,
): Promise<Uint8Array> {
  const declared = Number(request.headers.get('content-length') ?? 0)
  if (declared > maxBytes) throw bodyTooLarge('request-body', declared, maxBytes)
  // Declared and small: the platform reads it in one go, faster than a loop over its stream.
  if (declared > 0) {
    if (!held.take(declared)) throw tooManyBodies()
    const body = new Uint8Array(await request.arrayBuffer())
    if (body.byteLength > maxBytes) throw bodyTooLarge('request-body', body.byteLength, maxBytes)
    return body
  }
  const chunks: Uint8Array[] = []
  let length = 0
  for await (const chunk of request.body ?? []) {
    length += chunk.byteLength
    if (length > maxBytes) throw bodyTooLarge('request-body', length, maxBytes)
    if (!held.take(chunk.byteLength)) throw tooManyBodies()
    chunks.push(chunk)
  }
  return concatenate(chunks, length)
}

function concatenate(chunks: readonly Uint8Array[], length: number): Uint8Array {
  if (chunks.length === 1 && chunks[0] !== undefined) return chunks[0]
  const whole = new Uint8Array(length)
  let offset = 0
  for (const chunk of chunks) {
    whole.set(chunk, offset)
    offset += chunk.byteLength
  }
  return whole
}
