/** Turns the request of a guest into the request that is sent. @module */
import { setTrailers } from '../../host-module/index.ts'
import { isBodyless } from '../../policy/index.ts'
import { pairsOf } from './fields.ts'
import type { Connected } from './outgoing-body.ts'
import type { RequestHead } from './request.ts'

// The host sets it from the body it sends.
const OF_HOST = 'content-length'
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
      ([name]) => name !== OF_HOST && (name !== OF_BODIES || content !== undefined),
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
