/**
 * `fetch`, over the `http` interface. The host follows redirects, checking each hop against the grant.
 *
 * @module
 */

import { httpCancel, httpStart, httpTake, requireRequest, type Header } from '../host.ts'
import { awaitUnlessAborted } from '../loop.ts'
import { takeSource, toBytes } from './body.ts'
import { linesOf } from './headers.ts'
import { Request, type RequestInit } from './request.ts'
import { responseOver, type Response } from './response.ts'
import type { URL } from './url.ts'

export async function fetch(input: Request | URL | string, init?: RequestInit): Promise<Response> {
  return send(input, init, (pending, url) => responseOver(httpTake(pending, url), url))
}

/** Sends a request, waits for the response, and returns the result of `take` on it. */
export async function send<T>(
  input: Request | URL | string,
  init: RequestInit | undefined,
  take: (pending: number, url: string) => T,
): Promise<T> {
  requireRequest('fetch')
  const request = input instanceof Request && init === undefined ? input : new Request(input, init)
  const signal = init?.signal ?? request.signal
  signal.throwIfAborted()
  const url = request.url.replace(/#.*$/s, '')
  const headers = linesOf(request.headers).map(([name, value]): Header => [name, value])
  const body = await toBytes(takeSource(request))
  const pending = httpStart({ method: request.method, url, headers, body })
  return awaitUnlessAborted(
    pending,
    () => take(pending, url),
    () => httpCancel(pending),
    signal,
  )
}
