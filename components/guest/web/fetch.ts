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
  explained,
  isLater,
  requireRequest,
  type Header,
  type HostFetched,
  type HostOpened,
  type HostRequest,
  type Later,
  type Redirect,
} from '../host.ts'
import { httpOpen, makeBody, streamsBodies, type Abortable } from '../work.ts'
import { ArrivingBody } from './arriving.ts'
import { isOnItsWay, toBytes } from './body.ts'
import { readDataUrl } from './data-url.ts'
import { linesToSend } from './headers.ts'
import { madeRequest, Request, type MadeRequest, type RequestInit } from './request.ts'
import { responseOver, type Response } from './response.ts'
import { sendAsRead, type Sending } from './upload.ts'
import { isSerialized } from './url-parser.ts'
import type { URL } from './url.ts'

const NOTHING = new Uint8Array(0)

/** Sends a request by a function of the host. */
type SendByHost<Content> = (
  request: HostRequest,
  redirect: Redirect,
  signal?: Abortable,
) => Later<HostFetched<Content>>

export function fetch(input: Request | URL | string, init?: RequestInit): Promise<Response> {
  // The most usual call, in fewest steps: each takes as long as some of the host's.
  if (init === undefined && typeof input === 'string' && isSerialized(input)) return getPlain(input)
  return fetchWith(input, init)
}

async function fetchWith(input: Request | URL | string, init?: RequestInit): Promise<Response> {
  const made = madeRequest(input, init)
  const signal = signalOf(input, init)
  signal?.throwIfAborted()
  const url = withoutFragment(made.url)
  if (url.startsWith('data:')) return readHere(url, made.method)
  const { source, redirect, method } = made
  let sending: Sending | undefined
  if (streamsBodies && source !== null && isOnItsWay(source)) {
    requireRequest('fetch')
    const [upload, writable] = makeBody()
    sending = { upload, writable }
    void sendAsRead(source, sending, signal)
  }
  const record = recordOf(sending === undefined ? made : { ...made, source: null }, url)
  try {
    // Each promise in between would take as long as the request takes the host.
    const request = isLater(record) ? await record : record
    const sent = httpOpen(request, sending?.upload ?? null, redirect, signal)
    const opened = isLater(sent) ? await sent : sent
    return responseOver(opened, bodyOf(opened, url, signal), url, method)
  } catch (error) {
    // The host can only say that the body was broken off.
    const failure = signal?.aborted === true ? undefined : sending?.failure
    throw failure === undefined
      ? networkError(error, url)
      : new TypeError(FAILED, { cause: failure.error })
  }
}

/** Gets `url`, which is serialised and without a fragment. */
async function getPlain(url: string): Promise<Response> {
  requireRequest('fetch')
  try {
    const sent = httpOpen({ method: 'GET', url, headers: [], body: NOTHING }, null, 'follow')
    const opened = isLater(sent) ? await sent : sent
    return responseOver(opened, bodyOf(opened, url), url, 'GET')
  } catch (error) {
    throw networkError(error, url)
  }
}

function bodyOf(
  { content }: HostOpened,
  url: string,
  signal?: Abortable,
): Uint8Array | ArrivingBody {
  if (content instanceof Uint8Array) return content
  return new ArrivingBody(content, (error) => networkError(error, url), signal)
}

/** Sends a request with a function for requests of the host, and waits for the response. */
export async function send<Content>(
  input: Request | URL | string,
  init: RequestInit | undefined,
  sendByHost: SendByHost<Content>,
): Promise<{ url: string; fetched: HostFetched<Content> }> {
  const made = madeRequest(input, init)
  const signal = signalOf(input, init)
  signal?.throwIfAborted()
  const url = withoutFragment(made.url)
  const record = await recordOf(made, url)
  try {
    return { url, fetched: await sendByHost(record, made.redirect, signal) }
  } catch (error) {
    throw networkError(error, url)
  }
}

function recordOf({ method, headers, source }: MadeRequest, url: string): Later<HostRequest> {
  requireRequest('fetch')
  const lines = linesToSend(headers)
  const body = toBytes(source)
  if (!isLater(body)) return { method, url, headers: lines, body }
  return body.then((bytes) => ({ method, url, headers: lines, body: bytes }))
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
  const headers: Header[] = [['content-type', type]]
  const head = { status: 200, statusText: 'OK', headers, redirectedTo: null, decoded: false }
  return responseOver(head, body, url, method)
}

/** Libraries try again after an error with this message, and some know the errors of the network by nothing else. */
const FAILED = 'fetch failed'

/** The error of a request to `url` for `error`, which the host or the engine threw. */
function networkError(error: unknown, url: string): unknown {
  const cause = explained(error, 'http', 'fetch', url)
  if (!(cause instanceof CapabilityError)) return error
  const { code, message } = cause
  const mayHelp = code === 'timeout' || code === 'unavailable'
  return Object.assign(new TypeError(mayHelp ? FAILED : message, { cause }), { code })
}
