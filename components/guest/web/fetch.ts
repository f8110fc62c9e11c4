/**
 * `fetch`, over the `http` interface. The host follows redirects, checking each hop against the grant.
 *
 * A failure is a `TypeError`, as everywhere: libraries tell failures of the network by that. Its `cause` is the error of
 * the host.
 *
 * @module
 */

import { CapabilityError } from '../capability-error.ts'
import {
  requireRequest,
  type Header,
  type HostFetched,
  type HostRequest,
  type Later,
  type Redirect,
} from '../host.ts'
import { httpSend, type Abortable } from '../work.ts'
import { takeSource, toBytes } from './body.ts'
import { readDataUrl } from './data-url.ts'
import { linesOf, linesToSend } from './headers.ts'
import { Request, type RequestInit } from './request.ts'
import { responseOver, type Response } from './response.ts'
import type { URL } from './url.ts'

/** Sends a request by a function of the host. */
type SendByHost<Content> = (
  request: HostRequest,
  redirect: Redirect,
  signal?: Abortable,
) => Later<HostFetched<Content>>

export async function fetch(input: Request | URL | string, init?: RequestInit): Promise<Response> {
  const request = requestOf(input, init)
  const signal = signalOf(input, init)
  signal?.throwIfAborted()
  const url = withoutFragment(request.url)
  if (url.startsWith('data:')) return readHere(url, request.method)
  return responseOver(await sendFrom(request, signal, httpSend), url, request.method)
}

/** Sends a request with a function for requests of the host, and waits for the response. */
export async function send<Content>(
  input: Request | URL | string,
  init: RequestInit | undefined,
  sendByHost: SendByHost<Content>,
): Promise<{ url: string; fetched: HostFetched<Content> }> {
  const request = requestOf(input, init)
  const signal = signalOf(input, init)
  signal?.throwIfAborted()
  const fetched = await sendFrom(request, signal, sendByHost)
  return { url: withoutFragment(request.url), fetched }
}

async function sendFrom<Content>(
  request: Request,
  signal: Abortable | undefined,
  sendByHost: SendByHost<Content>,
): Promise<HostFetched<Content>> {
  requireRequest('fetch')
  const url = withoutFragment(request.url)
  const lines = linesToSend(linesOf(request.headers))
  const headers = lines.map(([name, value]): Header => [name, value])
  const body = await toBytes(takeSource(request))
  try {
    return await sendByHost(
      { method: request.method, url, headers, body },
      request.redirect,
      signal,
    )
  } catch (error) {
    throw error instanceof CapabilityError ? networkError(error) : error
  }
}

function requestOf(input: Request | URL | string, init: RequestInit | undefined): Request {
  return input instanceof Request && init === undefined ? input : new Request(input, init)
}

/** A request that was made here has a signal only if one was given: to ask for it would make one. */
function signalOf(
  input: Request | URL | string,
  init: RequestInit | undefined,
): (Abortable & { throwIfAborted(): void }) | undefined {
  return init?.signal ?? (input instanceof Request ? input.signal : undefined)
}

function withoutFragment(url: string): string {
  const at = url.indexOf('#')
  return at < 0 ? url : url.slice(0, at)
}

/** The response of a URL that has its content in it. */
function readHere(url: string, method: string): Response {
  const content = readDataUrl(url)
  if (content === undefined) throw new TypeError('Cannot fetch a data: URL: it is malformed')
  const { type, body } = content
  const fetched = {
    status: 200,
    headers: [['content-type', type]] satisfies Header[],
    body,
    redirectedTo: null,
    decoded: false,
  }
  return responseOver(fetched, url, method)
}

/** Libraries try again after an error with this message, and some know the errors of the network by nothing else. */
const FAILED = 'fetch failed'

function networkError(cause: CapabilityError): TypeError {
  const { code, message } = cause
  const mayHelp = code === 'timeout' || code === 'unavailable'
  return Object.assign(new TypeError(mayHelp ? FAILED : message, { cause }), { code })
}
