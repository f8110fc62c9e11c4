/** From what a guest asks for to the request that is sent. @module */
import { pairsOf } from './fields.ts'
import type { Connected } from './outgoing-body.ts'
import type { RequestHead } from './request.ts'

const BODYLESS_METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD'])
// The host sets it from the body it sends.
const HOST_HEADERS: ReadonlySet<string> = new Set(['content-length', 'expect'])

export function toRequest(
  { method, headers }: RequestHead,
  url: URL,
  body: Connected | undefined,
  signal: AbortSignal,
): Request {
  const init: RequestInit & { duplex?: 'half' } = {
    method,
    headers: pairsOf(headers).filter(([name]) => !HOST_HEADERS.has(name)),
    signal,
    redirect: 'manual',
    // Required for a stream: https://fetch.spec.whatwg.org/#dom-requestinit-duplex
    ...(body === undefined || isBodyless(method) ? {} : { body: body.readable, duplex: 'half' }),
  }
  return new Request(url, init)
}

/** Whether the Fetch standard lets a request with this method have no body. */
export function isBodyless(method: string): boolean {
  return BODYLESS_METHODS.has(method.toUpperCase())
}
