/**
 * Makes a Web `Response` of Node's incoming message.
 *
 * @module
 */
import type { IncomingMessage } from 'node:http'
import { Readable } from 'node:stream'
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

function readHead(message: IncomingMessage, method: string): Response {
  const { rawHeaders, statusCode: status = 0 } = message
  if (rawHeaders.length > MAX_HEADERS * 2) {
    throw new Error(`Cannot read the response: more than ${MAX_HEADERS} headers`)
  }
  const headers = toHeaders(rawHeaders)
  if (method === 'HEAD' || isNullBodyStatus(status)) {
    // To 205 a body may follow although none may be there.
    if (status === 205) message.destroy()
    else message.resume()
    return new Response(null, { status, headers })
  }
  // The cast: the same difference the other way round.
  const body = Readable.toWeb(message) as ReadableStream<Uint8Array>
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
