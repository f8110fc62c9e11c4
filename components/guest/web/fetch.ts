/**
 * `fetch`, over the `http` interface. The host follows redirects, checking each hop against the grant.
 *
 * @module
 */

import { requireRequest, type Header, type HostRequest, type Later } from '../host.ts'
import { httpSend, type Abortable } from '../work.ts'
import { takeSource, toBytes } from './body.ts'
import { linesOf } from './headers.ts'
import { Request, type RequestInit } from './request.ts'
import { responseOver, type Response } from './response.ts'
import type { URL } from './url.ts'

export async function fetch(input: Request | URL | string, init?: RequestInit): Promise<Response> {
  const { url, response } = await send(input, init, httpSend)
  return responseOver(response, url)
}

/** Sends a request with a function for requests of the host, and waits for the response. */
export async function send<Sent>(
  input: Request | URL | string,
  init: RequestInit | undefined,
  sendByHost: (request: HostRequest, signal?: Abortable) => Later<Sent>,
): Promise<{ url: string; response: Sent }> {
  requireRequest('fetch')
  const request = input instanceof Request && init === undefined ? input : new Request(input, init)
  // A request that was made here has a signal only if one was given: to ask for it would make one.
  const signal = init?.signal ?? (input instanceof Request ? input.signal : undefined)
  signal?.throwIfAborted()
  const url = request.url.replace(/#.*$/s, '')
  const headers = linesOf(request.headers).map(([name, value]): Header => [name, value])
  const body = await toBytes(takeSource(request))
  return { url, response: await sendByHost({ method: request.method, url, headers, body }, signal) }
}
