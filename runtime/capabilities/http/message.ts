/**
 * Checks the request of a guest.
 *
 * Headers that frame the message or route the connection belong to the host: a guest that sets them could
 * smuggle a second request past the check of the first, or reach another virtual host of a granted address.
 *
 * @module
 */

import {
  CONNECTION_FIELDS,
  isBodyless,
  isFieldName,
  isFieldValue,
  isRefusedMethod,
  PROXY_FIELDS,
} from '../../policy/index.ts'

/** `request` of types.wit. */
export interface GuestRequest {
  readonly method: string
  readonly url: string
  readonly headers: readonly (readonly [string, string])[]
  readonly body: Uint8Array
}

export interface HttpMessage {
  readonly method: string
  readonly url: URL
  readonly headers: [string, string][]
  readonly body: Uint8Array<ArrayBuffer>
}

/** Set by the host from the URL and the body. Guests' libraries set them too, to the same: left out. */
const HOST_HEADERS: ReadonlySet<string> = new Set(['host', 'content-length'])

const REFUSED_HEADERS: ReadonlySet<string> = new Set([...CONNECTION_FIELDS, ...PROXY_FIELDS])

// Servers take about as many. More headers would be an attempt to break one.
const MAX_HEADERS = 100
const MAX_HEADER_BYTES = 32_768
const MAX_URL_LENGTH = 16_384

/** The reason why a request cannot be sent: for the operator's log, and not for the guest. */
export class MalformedRequest extends Error {
  override readonly name = 'MalformedRequest'
}

/**
 * @param isStreamed - whether a stream is its body
 * @throws {MalformedRequest}
 */
export function parseRequest(
  { method, url, headers, body }: GuestRequest,
  isStreamed: boolean,
): HttpMessage {
  const target = parseUrl(url)
  const upper = method.toUpperCase()
  if (!isFieldName(method) || isRefusedMethod(method))
    malformed(`Use another method than ${shown(method)}`)
  if ((body.length > 0 || isStreamed) && isBodyless(method)) malformed(`Send no body with ${upper}`)
  if (body.length > 0 && isStreamed) malformed('Send a body or a stream, not both')
  // Copied: the guest's buffer may be a view of linear memory, which changes while the body is sent.
  return { method: upper, url: target, headers: parseHeaders(headers), body: body.slice() }
}

function parseUrl(url: string): URL {
  if (url.length > MAX_URL_LENGTH) malformed(`Use a URL of at most ${MAX_URL_LENGTH} characters`)
  const target = URL.parse(url)
  if (target === null || (target.protocol !== 'https:' && target.protocol !== 'http:'))
    malformed('Use an absolute URL of http or https')
  if (target.username !== '' || target.password !== '')
    malformed('Take user and password out of the URL')
  // To set it has the platform parse again.
  if (url.includes('#')) target.hash = ''
  return target
}

function parseHeaders(headers: GuestRequest['headers']): [string, string][] {
  const problem = fieldsProblem(headers)
  if (problem !== undefined) malformed(problem)
  const parsed: [string, string][] = []
  let cookies: [string, string] | undefined
  for (const [name, value] of headers) {
    const lower = name.toLowerCase()
    if (!isFieldName(name)) malformed(`Use another name than ${shown(name)} for a header`)
    if (!isFieldValue(value)) malformed(`Use another value for header ${shown(name)}`)
    if (REFUSED_HEADERS.has(lower) && !asksForTrailers(lower, value))
      malformed(`Leave out header ${shown(name)}: the host sets what belongs to a connection`)
    if (HOST_HEADERS.has(lower)) continue
    if (lower === 'cookie' && cookies !== undefined) {
      // A client sends one field of them: https://www.rfc-editor.org/rfc/rfc6265#section-5.4
      cookies[1] += `; ${value}`
      continue
    }
    const pair: [string, string] = [lower, value]
    if (lower === 'cookie') cookies = pair
    parsed.push(pair)
  }
  return parsed
}

/** Why `fields` are too many or too large for one request, as a hint; nothing when they are not. */
export function fieldsProblem(fields: readonly (readonly [string, string])[]): string | undefined {
  if (fields.length > MAX_HEADERS) return `Set at most ${MAX_HEADERS} headers`
  const bytes = fields.reduce((sum, [name, value]) => sum + name.length + value.length, 0)
  if (bytes <= MAX_HEADER_BYTES) return undefined
  return `Set headers of at most ${MAX_HEADER_BYTES} characters together`
}

/** The one field of the connection that a client may set for itself. */
function asksForTrailers(name: string, value: string): boolean {
  return name === 'te' && value.trim().toLowerCase() === 'trailers'
}

// Longer than any name in use. The log does not need more of a name that a guest made up.
const MAX_SHOWN = 64

function shown(text: string): string {
  return JSON.stringify(text.slice(0, MAX_SHOWN))
}

function malformed(hint: string): never {
  throw new MalformedRequest(hint)
}
