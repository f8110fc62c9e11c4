/**
 * Checks what a guest wants to open a WebSocket with, and to close it with.
 *
 * @module
 */
import { isFieldName } from '../../policy/index.ts'
import { MalformedRequest, parseRequest } from './message.ts'
import type { WebSocketAsked } from './websocket-driver.ts'

const SCHEMES: Readonly<Record<string, string>> = { 'wss:': 'https:', 'ws:': 'http:' }
const NOTHING = new Uint8Array(0)
/** Fields of the opening itself: https://www.rfc-editor.org/rfc/rfc6455#section-11.3 */
const OPENING = /^sec-websocket-/
// Servers know a handful.
const MAX_PROTOCOLS = 32
const MAX_PROTOCOL_LENGTH = 1_024
// A close frame has 125 bytes, two of which are the code: https://www.rfc-editor.org/rfc/rfc6455#section-5.5
const MAX_REASON_BYTES = 123

/** The code that no frame has: none was said. */
export const NO_CODE = 1005

/** @throws {MalformedRequest} */
export function parseOpening(
  url: string,
  protocols: readonly string[],
  headers: readonly (readonly [string, string])[],
): WebSocketAsked {
  const target = URL.parse(url)
  const scheme = SCHEMES[target?.protocol ?? '']
  if (target === null || scheme === undefined)
    throw new MalformedRequest('Use an absolute URL of wss or ws')
  checkProtocols(protocols)
  for (const [name] of headers) {
    if (OPENING.test(name.toLowerCase()))
      throw new MalformedRequest(
        'Leave out headers "sec-websocket-…": the host opens the connection',
      )
  }
  const request = {
    method: 'GET',
    url: `${scheme}${target.href.slice(target.protocol.length)}`,
    headers,
    body: NOTHING,
  }
  const message = parseRequest(request, false)
  return { url: message.url, protocols: [...protocols], headers: message.headers }
}

/** Whether a guest may close a connection with `code` and `reason`. */
export function isClosing(code: number, reason: string): boolean {
  // https://websockets.spec.whatwg.org/#dom-websocket-close
  const isCode = code === 1000 || (code >= 3000 && code <= 4999)
  if (code === NO_CODE) return reason === ''
  return isCode && new TextEncoder().encode(reason).length <= MAX_REASON_BYTES
}

/** The headers of a rule, without those of the opening. */
export function withoutOpening<Field extends readonly [string, string]>(
  fields: readonly Field[],
): Field[] {
  return fields.filter(([name]) => !OPENING.test(name))
}

function checkProtocols(protocols: readonly string[]): void {
  const isOne = (text: string): boolean => isFieldName(text) && text.length <= MAX_PROTOCOL_LENGTH
  if (protocols.length > MAX_PROTOCOLS)
    throw new MalformedRequest(`Offer at most ${MAX_PROTOCOLS} protocols`)
  if (!protocols.every(isOne) || new Set(protocols).size < protocols.length)
    throw new MalformedRequest('Offer protocols that are different tokens')
}
