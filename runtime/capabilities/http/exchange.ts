/**
 * One request of a guest, from its record to the record of the response, redirects included.
 *
 * Every hop is decided anew: a redirect is input from outside, and its target may be granted to another method, with
 * other headers, or not at all. Headers of the guest that may be credentials, and headers that a rule adds, never go to
 * another origin: the other side must not choose their receiver.
 *
 * @module
 */
import { inOnePiece } from '../../bytes/index.ts'
import { BODIES_HINT, GuestError, type InvocationContext } from '../../host-module/index.ts'
import { endToEnd, type HttpRule } from '../../policy/index.ts'
import type { HttpClient } from './client.ts'
import { ContentDecoder } from './content-decoder.ts'
import { HopFailure, type Hop, type HopEnd } from './hop.ts'
import { MalformedRequest, parseRequest, type GuestRequest, type HttpMessage } from './message.ts'
import { isRedirect, redirectOf } from './redirect.ts'

/** `fetched` of http.wit. */
export interface GuestResponse {
  readonly status: number
  readonly headers: [string, string][]
  readonly body: Uint8Array
  readonly redirectedTo: string | undefined
  readonly decoded: boolean
}

/** `redirect` of http.wit. */
export type Redirect = 'follow' | 'manual' | 'error'

export interface ExchangeContext {
  readonly client: HttpClient
  readonly context: InvocationContext
  /** Gives the exchange up, beside the end of the invocation. */
  readonly signal: AbortSignal | undefined
  /**
   * What becomes of redirects.
   *
   * @default as in `http@0.1.0`: they are followed, no error says that one was not, and bodies stay as they came
   */
  readonly redirect: Redirect | undefined
  readonly timeoutMs: number
  readonly maxResponseBytes: number
}

// Browsers allow 20. An API needs five at most, and each costs a connection.
const MAX_REDIRECTS = 5

/** The cases of `error` in http.wit. */
const CASES: Readonly<Record<HopEnd, string>> = {
  denied: 'denied',
  prohibited: 'denied',
  limited: 'limited',
  timeout: 'timeout',
  unavailable: 'unavailable',
  redirected: 'redirected',
}

/** The error of the interface for a hop that has ended so. */
export function asGuestError(end: HopEnd): GuestError {
  return new GuestError(CASES[end])
}

function rethrow(error: unknown, { redirect }: ExchangeContext): never {
  if (!(error instanceof HopFailure)) throw error
  const isUnknown = error.end === 'redirected' && redirect === undefined
  throw asGuestError(isUnknown ? 'unavailable' : error.end)
}

/**
 * Checks `request` and its grant at once. The body of the response is among the bytes that the invocation holds
 * when it is returned.
 *
 * @throws {GuestError} when it must not be sent
 */
export function openExchange(
  request: GuestRequest,
  exchange: ExchangeContext,
): () => Promise<GuestResponse> {
  const message = parse(request, exchange)
  try {
    const hop = openHop(message, exchange)
    return () => run(message, hop, exchange).catch((error: unknown) => rethrow(error, exchange))
  } catch (error) {
    return rethrow(error, exchange)
  }
}

/** Records the error in the request for the operator; the guest learns that the request is malformed. */
function parse(request: GuestRequest, { client }: ExchangeContext): HttpMessage {
  try {
    return parseRequest(request)
  } catch (error) {
    if (!(error instanceof MalformedRequest)) throw error
    const target = URL.parse(request.url)?.host ?? 'no host'
    client.note('send', target, { outcome: 'failed', hint: error.message })
    throw new GuestError('malformed')
  }
}

function openHop(message: HttpMessage, { client, signal }: ExchangeContext): Hop {
  const hop = client.open(message, signal)
  if (!hop.sends(message.body.length)) throw hop.failure
  return hop
}

async function run(
  first: HttpMessage,
  firstHop: Hop,
  exchange: ExchangeContext,
): Promise<GuestResponse> {
  let message = first
  let hop = firstHop
  // Not AbortSignal.timeout: its timer runs on after the response is there.
  const timer = setTimeout(() => hop.expire(), exchange.timeoutMs)
  // Rules under which an origin was asked that has redirected to another.
  const left = new Set<HttpRule>()
  try {
    for (let redirects = 0; ; redirects++) {
      // A rule for both origins adds its headers only for the origin that the guest chose. Another rule adds its own.
      const rule = left.has(hop.rule) ? withoutHeaders(hop.rule) : hop.rule
      const decoder = exchange.redirect === undefined ? undefined : decoderOf(hop, exchange)
      const response = await hop.send(toRequest(message), { rule, decoder })
      if (exchange.redirect === 'error' && isRedirect(response.status))
        throw hop.redirected('The response redirects, and the request follows no redirect')
      const next = exchange.redirect === 'manual' ? undefined : redirectOf(message, response)
      if (next === undefined) {
        const redirectedTo = redirects === 0 ? undefined : message.url.href
        return { ...(await read(response, decoder, hop, exchange)), redirectedTo }
      }
      await response.body?.cancel()
      if (next === 'malformed') throw hop.redirected('The target of the redirect is not a URL')
      if (redirects === MAX_REDIRECTS) throw hop.redirected(`More than ${MAX_REDIRECTS} redirects`)
      hop.close()
      if (next.url.origin !== message.url.origin) left.add(hop.rule)
      message = next
      hop = openHop(message, exchange)
    }
  } catch (error) {
    throw hop.failed(error)
  } finally {
    clearTimeout(timer)
    hop.close()
  }
}

/** Without a signal, which the driver has: one that a request follows takes as long as the rest of it. */
function toRequest({ method, url, headers, body }: HttpMessage): Request {
  const init = { method, redirect: 'manual' } as const
  if (body.length === 0) return new Request(url, { ...init, headers })
  // A driver that streams would not know it, and some servers do not take a body without.
  const length: [string, string] = ['content-length', String(body.length)]
  return new Request(url, { ...init, headers: [...headers, length], body })
}

/** Decodes the response of `hop`, and counts its bytes before and after. */
function decoderOf(hop: Hop, { context }: ExchangeContext): ContentDecoder {
  return new ContentDecoder({
    onReceived: (bytes) => {
      if (!hop.receives(bytes)) throw hop.failure
    },
    onDecoded: (bytes) => {
      context.work('byte', bytes)
      if (!context.budget.take('inboundBytes', bytes))
        throw hop.limited('Raise limits.inboundBytes')
    },
  })
}

function withoutHeaders(rule: HttpRule): HttpRule {
  const { headers: _, ...others } = rule
  return others
}

async function read(
  response: Response,
  decoder: ContentDecoder | undefined,
  hop: Hop,
  { context, maxResponseBytes }: ExchangeContext,
): Promise<Omit<GuestResponse, 'redirectedTo'>> {
  const decoded = decoder?.hasDecoded === true
  const chunks: Uint8Array[] = []
  let length = 0
  // Not by iteration, which takes as long again.
  const reader = response.body?.getReader()
  const cancel = (reason: unknown): void => void reader?.cancel(reason).catch(() => {})
  // A driver may not give up.
  hop.whenStopped(cancel)
  try {
    for (;;) {
      const read = await reader?.read()
      if (read === undefined || read.done) break
      const { value } = read
      // Copied again when all of it is joined.
      context.work('byte', value.length)
      // The decoder has counted it.
      if (!decoded && !hop.receives(value.length)) throw hop.failure
      if (length + value.length > maxResponseBytes)
        throw hop.limited('Response body above maxResponseBytes of the http capability')
      if (!context.held.take(value.length)) throw hop.limited(BODIES_HINT)
      length += value.length
      chunks.push(value)
    }
    hop.throwIfStopped()
  } catch (error) {
    context.held.give(length)
    cancel(error)
    throw error
  }
  hop.close()
  return {
    status: response.status,
    headers: endToEnd(response.headers),
    body: inOnePiece(chunks, length),
    decoded,
  }
}
