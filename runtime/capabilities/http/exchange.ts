/**
 * One request of a guest, from its record to the record of the response, redirects included.
 *
 * Every hop is decided anew: a redirect is input from outside, and its target may be granted to another method, with
 * other headers, or not at all. Headers of the guest that may be credentials, and headers that a rule adds, never go to
 * another origin: the other side must not choose their receiver.
 *
 * @module
 */
import { GuestError, type InvocationContext } from '../../host-module/index.ts'
import type { HttpRule } from '../../policy/index.ts'
import type { HttpClient } from './client.ts'
import { ContentDecoder } from './content-decoder.ts'
import type { HttpReply } from './driver.ts'
import { HopFailure, type Hop, type HopEnd } from './hop.ts'
import { MalformedRequest, parseRequest, type GuestRequest, type HttpMessage } from './message.ts'
import { read, received, type GuestResponse } from './received.ts'
import { isRedirect, redirectOf } from './redirect.ts'
import { cancelReply, isWhole } from './reply.ts'

/** `redirect` of http.wit. */
export type Redirect = 'follow' | 'manual' | 'error'

export interface ExchangeContext {
  readonly client: HttpClient
  readonly context: InvocationContext
  /**
   * Returns what gives the exchange up, beside the end of the invocation. Called when there is something to wait for,
   * before that.
   */
  readonly signal: () => AbortSignal
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
 * Checks `request` and its grant at once. What it returns sends the request, and has the response at once where the driver
 * has. The body of the response is among the bytes that the invocation holds when it is returned.
 *
 * @throws {GuestError} when it must not be sent
 */
export function openExchange(
  request: GuestRequest,
  exchange: ExchangeContext,
): () => GuestResponse | Promise<GuestResponse> {
  const message = parse(request, exchange)
  try {
    const hop = openHop(message, exchange)
    return () => answer(message, hop, exchange)
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

function openHop(message: HttpMessage, { client }: ExchangeContext): Hop {
  const hop = client.begin(message)
  if (!hop.sends(message.body.length)) throw hop.failure
  return hop
}

function answer(
  message: HttpMessage,
  hop: Hop,
  exchange: ExchangeContext,
): GuestResponse | Promise<GuestResponse> {
  try {
    const decoder = decoderOf(hop, exchange)
    const reply = hop.ask(message, { decoder })
    if (!('then' in reply) && isWhole(reply) && !isRedirect(reply.status))
      return received(reply, { hop, ...exchange })
    const signal = exchange.signal()
    hop.watch(signal)
    const first = { message, hop, decoder, reply, signal }
    return run(first, exchange).catch((error: unknown) => rethrow(error, exchange))
  } catch (error) {
    return rethrow(hop.failed(error), exchange)
  }
}

/** A hop that has been sent. */
interface SentHop {
  readonly message: HttpMessage
  readonly hop: Hop
  readonly decoder: ContentDecoder | undefined
  readonly reply: HttpReply | Promise<HttpReply>
  readonly signal: AbortSignal
}

async function run(first: SentHop, exchange: ExchangeContext): Promise<GuestResponse> {
  let { message, hop, decoder, reply: asked } = first
  // Not AbortSignal.timeout: its timer runs on after the response is there.
  const timer = setTimeout(() => hop.expire(), exchange.timeoutMs)
  // Rules under which an origin was asked that has redirected to another.
  const left = new Set<HttpRule>()
  try {
    for (let redirects = 0; ; redirects++) {
      const reply = await asked
      const next = nextOf(message, reply, hop, exchange)
      if (next === undefined) {
        const response = await read(reply, decoder, { hop, ...exchange })
        return redirects === 0 ? response : { ...response, redirectedTo: message.url.href }
      }
      cancelReply(reply)
      if (redirects === MAX_REDIRECTS) throw hop.redirected(`More than ${MAX_REDIRECTS} redirects`)
      hop.close()
      if (next.url.origin !== message.url.origin) left.add(hop.rule)
      message = next
      hop = openHop(message, exchange)
      hop.watch(first.signal)
      decoder = decoderOf(hop, exchange)
      // A rule for both origins adds its headers only for the origin that the guest chose. Another rule adds its own.
      const rule = left.has(hop.rule) ? withoutHeaders(hop.rule) : hop.rule
      asked = hop.ask(message, { rule, decoder })
    }
  } catch (error) {
    throw hop.failed(error)
  } finally {
    clearTimeout(timer)
    hop.close()
  }
}

/** The message that `reply` redirects to; nothing when it is the last. */
function nextOf(
  message: HttpMessage,
  reply: HttpReply,
  hop: Hop,
  { redirect }: ExchangeContext,
): HttpMessage | undefined {
  if (!isRedirect(reply.status) || redirect === 'manual') return undefined
  const next = redirect === 'error' ? undefined : redirectOf(message, reply)
  if (redirect !== 'error' && next !== 'malformed') return next
  cancelReply(reply)
  throw hop.redirected(
    redirect === 'error'
      ? 'The response redirects, and the request follows no redirect'
      : 'The target of the redirect is not a URL',
  )
}

/** Decodes the response of `hop`, and counts its bytes before and after. */
function decoderOf(hop: Hop, { context, redirect }: ExchangeContext): ContentDecoder | undefined {
  if (redirect === undefined) return undefined
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
