/** From what a guest asks for to the request that is sent. @module */
import { setTrailers } from '../../host-module/index.ts'
import { pairsOf } from './fields.ts'
import type { Connected } from './outgoing-body.ts'
import type { RequestHead } from './request.ts'

const BODYLESS_METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD'])
// The host sets them from the body it sends.
const HOST_HEADERS: ReadonlySet<string> = new Set(['content-length', 'expect'])
// A server that would get it without the chunks that have room for trailers may refuse it.
const OF_BODIES = 'trailer'

export function toRequest(
  { method, headers }: RequestHead,
  url: URL,
  body: Connected | undefined,
  signal: AbortSignal,
): Request {
  const content = isBodyless(method) ? undefined : body
  const init: RequestInit & { duplex?: 'half' } = {
    method,
    headers: pairsOf(headers).filter(
      ([name]) => !HOST_HEADERS.has(name) && (name !== OF_BODIES || content !== undefined),
    ),
    signal,
    redirect: 'manual',
    // Required for a stream: https://fetch.spec.whatwg.org/#dom-requestinit-duplex
    ...(content === undefined ? {} : { body: content.readable, duplex: 'half' }),
  }
  const request = new Request(url, init)
  if (content !== undefined) setTrailers(request, content.trailers)
  return request
}

/** Whether the Fetch standard lets a request with this method have no body. */
export function isBodyless(method: string): boolean {
  return BODYLESS_METHODS.has(method.toUpperCase())
}
