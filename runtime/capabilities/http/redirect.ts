/**
 * Where a response sends a request on to, as https://fetch.spec.whatwg.org/#http-redirect-fetch has it.
 *
 * @module
 */
import type { HttpReply } from './driver.ts'
import type { HttpMessage } from './message.ts'
import { fieldOf } from './reply.ts'

const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308])

/**
 * Headers that may go to another origin: those that describe the content sent and wanted. Any other header may be a
 * credential: services invent their own, such as `x-api-key` and `x-pin`.
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

/** Whether a response with `status` redirects. */
export function isRedirect(status: number): boolean {
  return REDIRECTS.has(status)
}

/** Returns the next hop; `undefined` when `reply` is the last, `malformed` when its target is not a URL. */
export function redirectOf(
  message: HttpMessage,
  reply: HttpReply,
): HttpMessage | 'malformed' | undefined {
  const { status } = reply
  const location = isRedirect(status) ? fieldOf(reply, 'location') : undefined
  if (location === undefined) return undefined
  const url = URL.parse(textOf(location), message.url)
  if (url === null) return 'malformed'
  url.hash = ''
  url.username = ''
  url.password = ''
  const becomesGet =
    (status === 303 && message.method !== 'HEAD') || (status < 303 && message.method === 'POST')
  const isSameOrigin = url.origin === message.url.origin
  return {
    url,
    method: becomesGet ? 'GET' : message.method,
    headers: message.headers.filter(
      ([name]) =>
        (isSameOrigin || CROSSING.has(name)) && !(becomesGet && name.startsWith('content-')),
    ),
    body: becomesGet ? new Uint8Array(0) : message.body,
  }
}

const utf8 = new TextDecoder()

/** `location` has a character a byte. Servers write those outside of ASCII in UTF-8, and browsers read them so. */
function textOf(location: string): string {
  if (/^[\0-\x7f]*$/.test(location)) return location
  return utf8.decode(Uint8Array.from(location, (character) => character.charCodeAt(0)))
}
