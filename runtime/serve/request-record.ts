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

export const NO_BYTES: Uint8Array = new Uint8Array(0)

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
  if (isBodyless(method)) return { method, url, headers, body: NO_BYTES }
  const declared = Number(request.headers.get('content-length') ?? 0)
  // Asked before `body` is, for which some servers make their whole `Request`.
  const stream = declared > 0 ? undefined : request.body
  if (stream === null) return { method, url, headers, body: NO_BYTES }
  const reading =
    stream === undefined
      ? readDeclared(request, declared, maxBodyBytes, held)
      : readStream(stream, maxBodyBytes, held)
  return reading.then((body) => ({ method, url, headers, body }))
}

/** The platform reads it in one go, which servers do without a stream. */
async function readDeclared(
  request: WebRequest,
  declared: number,
  maxBytes: number,
  held: HeldBytes,
): Promise<Uint8Array> {
  if (declared > maxBytes) throw bodyTooLarge('request-body', declared, maxBytes)
  if (!held.take(declared)) throw tooManyBodies()
  const body = new Uint8Array(await request.arrayBuffer())
  if (body.byteLength > maxBytes) throw bodyTooLarge('request-body', body.byteLength, maxBytes)
  return body
}

/** With a reader: for a few bytes, `arrayBuffer` of a `Request` takes four times as long (Node 26). */
async function readStream(
  stream: ReadableStream<Uint8Array>,
  maxBytes: number,
  held: HeldBytes,
): Promise<Uint8Array> {
  const reader = stream.getReader()
  const chunks: Uint8Array[] = []
  let length = 0
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return inOnePiece(chunks, length)
    length += value.byteLength
    const refused =
      length > maxBytes
        ? bodyTooLarge('request-body', length, maxBytes)
        : held.take(value.byteLength)
          ? undefined
          : tooManyBodies()
    if (refused !== undefined) {
      // Not awaited: the source may take its time, and the request is over.
      reader.cancel(refused).catch(() => {})
      throw refused
    }
    chunks.push(value)
  }
}
