/**
 * What a guest may put into a request.
 *
 * Headers that frame the message or route the connection belong to the host: a guest that sets them could
 * smuggle a second request past the check of the first, or reach another virtual host of a granted address.
 *
 * @module
 */

import { CONNECTION_FIELDS, isFieldName, isFieldValue, PROXY_FIELDS } from '../../policy/index.ts'
import type { GuestRequest } from './exchange.ts'

export interface HttpMessage {
  readonly method: string
  readonly url: URL
  readonly headers: [string, string][]
  readonly body: Uint8Array<ArrayBuffer>
}

const REFUSED_METHODS: ReadonlySet<string> = new Set(['CONNECT', 'TRACE', 'TRACK'])

/** Set by the host from the URL and the body. Guests' libraries set them too, to the same: left out. */
const HOST_HEADERS: ReadonlySet<string> = new Set(['host', 'content-length'])

const REFUSED_HEADERS: ReadonlySet<string> = new Set([
  ...CONNECTION_FIELDS,
  ...PROXY_FIELDS,
  'expect',
])

// Servers take about as many; more is an attempt to find out who does not.
const MAX_HEADERS = 100
const MAX_HEADER_BYTES = 32_768
const MAX_URL_LENGTH = 16_384

/**
 * What another origin may see of a request that was made to the first: what content is sent and wanted. Of any
 * other header nobody knows whether it is a credential: services invent theirs, such as `x-api-key` and `x-pin`.
 */
const CROSSING: ReadonlySet<string> = new Set([
  'accept',
  'accept-charset',
  'accept-encoding',
  'accept-language',
  'cache-control',
  'content-encoding',
  'content-language',
  'content-type',
  'if-match',
  'if-modified-since',
  'if-none-match',
  'if-range',
  'if-unmodified-since',
  'pragma',
  'prefer',
  'range',
  'user-agent',
])

/** Why a request cannot be sent: for the operator, whose log it goes to, and not for the guest. */
export class MalformedRequest extends Error {
  override readonly name = 'MalformedRequest'
}

/** @throws {MalformedRequest} */
export function parseRequest({ method, url, headers, body }: GuestRequest): HttpMessage {
  const target = parseUrl(url)
  const upper = method.toUpperCase()
  if (!isFieldName(method) || REFUSED_METHODS.has(upper))
    malformed(`Use another method than ${shown(method)}`)
  if (body.length > 0 && (upper === 'GET' || upper === 'HEAD'))
    malformed(`Send no body with ${upper}`)
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
  target.hash = ''
  return target
}

function parseHeaders(headers: GuestRequest['headers']): [string, string][] {
  if (headers.length > MAX_HEADERS) malformed(`Set at most ${MAX_HEADERS} headers`)
  const parsed: [string, string][] = []
  let bytes = 0
  for (const [name, value] of headers) {
    bytes += name.length + value.length
    if (bytes > MAX_HEADER_BYTES)
      malformed(`Set headers of at most ${MAX_HEADER_BYTES} characters together`)
    const lower = name.toLowerCase()
    if (!isFieldName(name)) malformed(`Use another name than ${shown(name)} for a header`)
    if (!isFieldValue(value)) malformed(`Use another value for header ${shown(name)}`)
    if (REFUSED_HEADERS.has(lower) && !asksForTrailers(lower, value))
      malformed(`Leave out header ${shown(name)}: the host sets what belongs to a connection`)
    if (!HOST_HEADERS.has(lower)) parsed.push([lower, value])
  }
  return parsed
}

/** The one field of the connection that a client may set for itself. */
function asksForTrailers(name: string, value: string): boolean {
  return name === 'te' && value.trim().toLowerCase() === 'trailers'
}

// Longer than any name in use. The log need not hold more of what a guest made up.
const MAX_SHOWN = 64

function shown(text: string): string {
  return JSON.stringify(text.slice(0, MAX_SHOWN))
}

/** What of the headers may go to the next hop, whose origin is the same or not. */
export function crossingHeaders(
  headers: readonly [string, string][],
  { same, bodyDropped }: { readonly same: boolean; readonly bodyDropped: boolean },
): [string, string][] {
  return headers.filter(
    ([name]) => (same || CROSSING.has(name)) && !(bodyDropped && name.startsWith('content-')),
  )
}

function malformed(hint: string): never {
  throw new MalformedRequest(hint)
}
