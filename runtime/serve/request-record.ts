/**
 * Makes the record `mayfly:agent/types.request` from a request of the Web.
 *
 * @module
 */
import { inOnePiece } from '../bytes/index.ts'
import type { WebRequest } from '../host-module/index.ts'
import type { HeldBytes } from '../meter/index.ts'
import { endToEnd, isBodyless } from '../policy/index.ts'
import { bodyTooLarge, tooManyBodies } from './body-errors.ts'

/** A pair of header name and value. */
export type HeaderPair = [name: string, value: string]

/** `mayfly:agent/types.request` as a WIT value. */
export interface RequestRecord {
  readonly method: string
  readonly url: string
  readonly headers: HeaderPair[]
  readonly body: Uint8Array
}

const NO_BYTES = new Uint8Array(0)

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
  // The `Request` of an agent has none: https://fetch.spec.whatwg.org/#dom-request
  if (isBodyless(method) || request.body === null) return { method, url, headers, body: NO_BYTES }
  return readBody(request, maxBodyBytes, held).then((body) => ({ method, url, headers, body }))
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
  return inOnePiece(chunks, length)
}
