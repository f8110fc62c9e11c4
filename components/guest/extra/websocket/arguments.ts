/**
 * What a WebSocket is made, fed and closed with, checked as the standard says.
 *
 * @module
 */

import { encodeUtf8 } from '../../engine.ts'
import { bytesOfBlob, Blob } from '../../web/blob.ts'

/** The second argument, as Node, Deno and Bun take it as well. */
export interface WebSocketInit {
  protocols?: string | string[]
  headers?: HeadersInit
}

export interface Opening {
  readonly url: URL
  readonly protocols: string[]
  readonly headers: [name: string, value: string][]
}

const SCHEMES: Readonly<Record<string, string>> = { 'http:': 'ws:', 'https:': 'wss:' }
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/
const MAX_REASON_BYTES = 123

export function toOpening(given: unknown, init: string | string[] | WebSocketInit): Opening {
  const parsed = URL.parse(String(given))
  const scheme = SCHEMES[parsed?.protocol ?? ''] ?? parsed?.protocol
  if (parsed === null || (scheme !== 'ws:' && scheme !== 'wss:'))
    throw new DOMException('Cannot open a WebSocket: its URL is none of ws or wss', 'SyntaxError')
  const url = new URL(`${scheme}${parsed.href.slice(parsed.protocol.length)}`)
  if (url.href.includes('#'))
    throw new DOMException('Cannot open a WebSocket: its URL has a fragment', 'SyntaxError')
  const isList = typeof init === 'string' || Array.isArray(init)
  const { protocols = [], headers = [] } = isList ? { protocols: init } : (init ?? {})
  const list = Array.isArray(protocols) ? protocols.map(String) : [String(protocols)]
  if (!list.every((each) => TOKEN.test(each)) || new Set(list).size < list.length)
    throw new DOMException(
      'Cannot open a WebSocket: its protocols are not different tokens',
      'SyntaxError',
    )
  return { url, protocols: list, headers: [...new Headers(headers)] }
}

/** The content of a message: a copy, since what it is made of may change. */
export function toMessage(given: unknown): string | Uint8Array {
  if (given instanceof Blob) return bytesOfBlob(given)
  if (given instanceof ArrayBuffer) return new Uint8Array(given).slice()
  if (ArrayBuffer.isView(given))
    return new Uint8Array(given.buffer, given.byteOffset, given.byteLength).slice()
  return String(given).toWellFormed()
}

export function checkClose(code: number | undefined, reason: string): void {
  if (code !== undefined && code !== 1000 && !(code >= 3000 && code <= 4999))
    throw new DOMException(
      `Cannot close a WebSocket with ${code}: not 1000, nor from 3000 to 4999`,
      'InvalidAccessError',
    )
  if (encodeUtf8(reason).length > MAX_REASON_BYTES)
    throw new DOMException(
      `Cannot close a WebSocket: the reason has more than ${MAX_REASON_BYTES} bytes`,
      'SyntaxError',
    )
}
