/**
 * Makes a Web `Response`, or a reply of plain values, of Node's incoming message.
 *
 * @module
 */
import type { IncomingMessage } from 'node:http'
import { Readable } from 'node:stream'
import type { HttpReply } from '../../../runtime/capabilities/http/index.ts'
import { setTrailers } from '../../../runtime/host-module/index.ts'
import { isNullBodyStatus } from '../../../runtime/policy/index.ts'

/** More than any server has a use for; as many trailers. */
export const MAX_HEADERS = 200

/**
 * The response that `message` begins, to a request with `method`.
 *
 * @throws when it has more than {@link MAX_HEADERS} fields
 */
export function toResponse(message: IncomingMessage, method: string): Response {
  try {
    return readHead(message, method)
  } catch (error) {
    message.destroy()
    throw error
  }
}

/**
 * The same with plain values. A body that has come with the head is there.
 *
 * @throws when it has more than {@link MAX_HEADERS} fields
 */
export async function toReply(message: IncomingMessage, method: string): Promise<HttpReply> {
  try {
    const status = statusOf(message)
    const { rawHeaders } = message
    const headers: [string, string][] = []
    for (let index = 0; index < rawHeaders.length; index += 2) {
      headers.push([(rawHeaders[index] ?? '').toLowerCase(), rawHeaders[index + 1] ?? ''])
    }
    if (hasNoBody(message, method)) return { status, headers, body: null }
    // A stream of the Web takes as long as the rest of a small response.
    return { status, headers, body: message.complete ? await arrived(message) : toWeb(message) }
  } catch (error) {
    message.destroy()
    throw error
  }
}

/** The body of `message`, all of which the parser has seen: no more than a socket reads at once. */
function arrived(message: IncomingMessage): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  for (;;) {
    const chunk: Uint8Array | null = message.read()
    if (chunk === null) break
    chunks.push(chunk)
  }
  // A plain array: a buffer of Node has more functions, and others' bytes behind it.
  const body = new Uint8Array(Buffer.concat(chunks))
  return new Promise((resolve) => {
    // Not before: the next request would find the connection in use.
    message.once('end', () => resolve(body))
    // Without an end, when it was given up meanwhile.
    message.once('close', () => resolve(body))
  })
}

function toWeb(message: IncomingMessage): ReadableStream<Uint8Array> {
  // The cast: Node's stream type lacks nothing the Web's has but says so differently.
  return Readable.toWeb(message) as ReadableStream<Uint8Array>
}

function statusOf({ rawHeaders, statusCode = 0 }: IncomingMessage): number {
  if (rawHeaders.length <= MAX_HEADERS * 2) return statusCode
  throw new Error(`Cannot read the response: more than ${MAX_HEADERS} headers`)
}

/** Whether no body is read of `message`. */
function hasNoBody(message: IncomingMessage, method: string): boolean {
  const { statusCode: status = 0 } = message
  if (method !== 'HEAD' && !isNullBodyStatus(status)) return false
  // To 205 a body may follow although none may be there.
  if (status === 205) message.destroy()
  else message.resume()
  return true
}

function readHead(message: IncomingMessage, method: string): Response {
  const status = statusOf(message)
  const headers = toHeaders(message.rawHeaders)
  if (hasNoBody(message, method)) return new Response(null, { status, headers })
  const body = toWeb(message)
  const response = new Response(body, { status, headers })
  // Only chunks have room for them. https://www.rfc-editor.org/rfc/rfc9112#section-7.1.2
  if (headers.has('transfer-encoding')) setTrailers(response, trailersAfter(message))
  return response
}

/** The trailers of `message`, once its body has been read; Node bounds their bytes as it does of headers. */
function trailersAfter(message: IncomingMessage): Promise<Headers | undefined> {
  const following = new Promise<Headers | undefined>((resolve, reject) => {
    message.once('close', () => {
      const { complete, rawTrailers } = message
      if (!complete) reject(new Error('The response broke off'))
      else if (rawTrailers.length > MAX_HEADERS * 2)
        reject(new Error(`Cannot read the response: more than ${MAX_HEADERS} trailers`))
      else resolve(rawTrailers.length === 0 ? undefined : toHeaders(rawTrailers))
    })
  })
  // Most guests do not ask.
  following.catch(() => {})
  return following
}

/** @param list - names and values in turn */
function toHeaders(list: readonly string[]): Headers {
  const headers = new Headers()
  for (let index = 0; index < list.length; index += 2) {
    headers.append(list[index] ?? '', list[index + 1] ?? '')
  }
  return headers
}
