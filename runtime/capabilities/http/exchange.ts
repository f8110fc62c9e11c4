/**
 * One request of a guest, from its record to the record of the response, redirects included.
 *
 * Every hop is decided anew: a redirect is input from outside, and what it points to may be granted to
 * another method, with other headers, or not at all. Neither headers of the guest that may be credentials nor those
 * that a rule adds cross origins: the other side must not choose who gets them.
 *
 * @module
 */

import {
  BODIES_HINT,
  GuestError,
  HttpRefusal,
  type Budget,
  type HeldBytes,
  type HttpGrant,
  type HttpSend,
  type InvocationContext,
} from '../../host-module/index.ts'
import { endToEnd, type HttpDecision, type HttpRule } from '../../policy/index.ts'
import { crossingHeaders, MalformedRequest, parseRequest, type HttpMessage } from './message.ts'

/** `request` of types.wit. */
export interface GuestRequest {
  readonly method: string
  readonly url: string
  readonly headers: readonly (readonly [string, string])[]
  readonly body: Uint8Array
}

/** `response` of types.wit. */
export interface GuestResponse {
  readonly status: number
  readonly headers: [string, string][]
  readonly body: Uint8Array
}

/** What became of one hop, for the record. */
export interface HopOutcome {
  readonly target: string
  readonly method: string
  readonly outcome: 'allowed' | 'denied' | 'limited' | 'failed'
  /** The rule that allowed it. */
  readonly rule?: string
  readonly hint?: string
  /** The hint names a line of agent.json. */
  readonly inManifest?: true
  readonly bytesIn?: number
  readonly bytesOut?: number
}

export interface ExchangeContext {
  readonly send: HttpSend
  readonly grant: HttpGrant
  readonly signal: AbortSignal
  readonly timeoutMs: number
  readonly maxResponseBytes: number
  readonly budget: Budget
  /** The body of a response is among these when it is returned. */
  readonly held: HeldBytes
  readonly work: InvocationContext['work']
  report(hop: HopOutcome): void
}

// What browsers allow is 20; five is what an API needs, and each costs a connection.
const MAX_REDIRECTS = 5

const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308])

/** Checks `request` and its grant at once; throws a `GuestError` when it must not be sent. */
export function openExchange(
  request: GuestRequest,
  context: ExchangeContext,
): () => Promise<GuestResponse> {
  const message = parse(request, context)
  const decided = decide(message, context)
  return () => run(message, decided, context)
}

/** Tells the operator what is wrong with the request; the guest learns that it is malformed. */
function parse(request: GuestRequest, context: ExchangeContext): HttpMessage {
  try {
    return parseRequest(request)
  } catch (error) {
    if (!(error instanceof MalformedRequest)) throw error
    const target = URL.parse(request.url)?.host ?? 'no host'
    context.report({ method: 'send', target, outcome: 'failed', hint: error.message })
    throw new GuestError('malformed')
  }
}

async function run(
  first: HttpMessage,
  firstDecided: Allowed,
  context: ExchangeContext,
): Promise<GuestResponse> {
  const timeout = new AbortController()
  // Not AbortSignal.timeout: its timer runs on after the response is there.
  const timer = setTimeout(() => timeout.abort(), context.timeoutMs)
  const revoked = new AbortController()
  const signal = AbortSignal.any([context.signal, timeout.signal, revoked.signal])
  let unwatch = watch(first, firstDecided)
  let message = first
  let decided = firstDecided
  // Rules under which an origin was asked that has redirected to another.
  const left = new Set<HttpRule>()
  try {
    for (let redirects = 0; ; redirects++) {
      // A rule for both origins adds its headers for the one that the guest has chosen; another rule, for its own.
      const rule = left.has(decided.rule) ? withoutHeaders(decided.rule) : decided.rule
      context.work('request')
      context.work('byte', message.body.length)
      const response = await context.send(toRequest(message, signal), rule, signal, onSearch)
      const next = redirectOf(message, response)
      if (next === undefined) return await read(message, decided, response, context)
      await response.body?.cancel()
      context.report({ ...about(message), outcome: 'allowed', rule: decided.name })
      if (redirects === MAX_REDIRECTS) throw new GuestError('unavailable')
      if (next.url.origin !== message.url.origin) left.add(decided.rule)
      message = next
      decided = decide(message, context)
      unwatch()
      unwatch = watch(message, decided)
    }
  } catch (error) {
    const { name } = decided
    const cause = revoked.signal.aborted ? new HttpRefusal(`${name} was revoked`) : error
    throw refusalOf(cause, { message, rule: name, timeout: timeout.signal, context })
  } finally {
    clearTimeout(timer)
    unwatch()
  }

  function onSearch(bytes: number): void {
    context.work('searched', bytes)
  }

  function watch(target: HttpMessage, allowed: Allowed): () => void {
    return context.grant.watch(allowed, target, () => revoked.abort())
  }
}

type Allowed = HttpDecision & { readonly state: 'allowed' }

function decide(message: HttpMessage, context: ExchangeContext): Allowed {
  const decision = context.grant.decide(message)
  if (decision.state === 'allowed') {
    spend('outboundRequests', 1, message, context)
    spend('outboundBytes', message.body.length, message, context)
    return decision
  }
  const hint = `${decision.hint} (${decision.reason})`
  context.report({ ...about(message), outcome: 'denied', hint, inManifest: true })
  throw new GuestError('denied')
}

function spend(
  name: 'outboundRequests' | 'outboundBytes',
  amount: number,
  message: HttpMessage,
  context: ExchangeContext,
): void {
  if (context.budget.take(name, amount)) return
  context.report({ ...about(message), outcome: 'limited', hint: `Raise limits.${name}` })
  throw new GuestError('limited')
}

function toRequest({ method, url, headers, body }: HttpMessage, signal: AbortSignal): Request {
  const init = { method, signal, redirect: 'manual' } as const
  if (body.length === 0) return new Request(url, { ...init, headers })
  // A driver that streams would not know it, and some servers do not take a body without.
  const length: [string, string] = ['content-length', String(body.length)]
  return new Request(url, { ...init, headers: [...headers, length], body })
}

/** The next hop, as https://fetch.spec.whatwg.org/#http-redirect-fetch has it. */
function redirectOf(message: HttpMessage, response: Response): HttpMessage | undefined {
  const location = response.headers.get('location')
  if (!REDIRECTS.has(response.status) || location === null) return undefined
  const url = URL.parse(location, message.url)
  if (url === null) throw new GuestError('unavailable')
  url.hash = ''
  url.username = ''
  url.password = ''
  const becomesGet =
    (response.status === 303 && message.method !== 'HEAD') ||
    (response.status < 303 && message.method === 'POST')
  const same = url.origin === message.url.origin
  return {
    url,
    method: becomesGet ? 'GET' : message.method,
    headers: crossingHeaders(message.headers, { same, bodyDropped: becomesGet }),
    body: becomesGet ? new Uint8Array(0) : message.body,
  }
}

function withoutHeaders(rule: HttpRule): HttpRule {
  const { headers: _, ...others } = rule
  return others
}

async function read(
  message: HttpMessage,
  { name: rule }: Allowed,
  response: Response,
  context: ExchangeContext,
): Promise<GuestResponse> {
  const chunks: Uint8Array[] = []
  let length = 0
  try {
    for await (const chunk of response.body ?? []) {
      // Copied when it arrives and when all of it is joined.
      context.work('byte', 2 * chunk.length)
      const hint = lacks(chunk.length, length, context)
      length += chunk.length
      if (hint !== undefined) {
        context.report({ ...about(message), outcome: 'limited', rule, hint, bytesIn: length })
        length -= chunk.length
        throw new GuestError('limited')
      }
      chunks.push(chunk)
    }
  } catch (error) {
    context.held.give(length)
    throw error
  }
  context.report({
    ...about(message),
    outcome: 'allowed',
    rule,
    bytesIn: length,
    bytesOut: message.body.length,
  })
  return {
    status: response.status,
    headers: endToEnd(response.headers),
    body: join(chunks, length),
  }
}

/** Why another `bytes` of a response are too many; nothing when they are not, and are held now. */
function lacks(bytes: number, before: number, context: ExchangeContext): string | undefined {
  if (before + bytes > context.maxResponseBytes || !context.budget.take('inboundBytes', bytes))
    return 'The response is larger than the bytes an invocation may receive'
  return context.held.take(bytes) ? undefined : BODIES_HINT
}

function join(chunks: readonly Uint8Array[], length: number): Uint8Array {
  const [first] = chunks
  if (chunks.length === 1 && first !== undefined) return first
  const whole = new Uint8Array(length)
  let offset = 0
  for (const chunk of chunks) {
    whole.set(chunk, offset)
    offset += chunk.length
  }
  return whole
}

interface Failure {
  readonly message: HttpMessage
  readonly rule: string
  readonly timeout: AbortSignal
  readonly context: ExchangeContext
}

function refusalOf(error: unknown, { message, rule, timeout, context }: Failure): GuestError {
  if (error instanceof GuestError) return error
  if (error instanceof HttpRefusal) {
    const grant = error.network && `Add "network": "${error.network}" to ${rule} of capabilities`
    context.report({
      ...about(message),
      outcome: 'denied',
      ...(grant
        ? { hint: `${grant} (${error.message})`, inManifest: true }
        : { hint: error.message }),
    })
    return new GuestError('denied')
  }
  const hint = error instanceof Error ? error.message : String(error)
  context.report({ ...about(message), outcome: 'failed', rule, hint })
  return new GuestError(timeout.aborted ? 'timeout' : 'unavailable')
}

function about({ method, url }: HttpMessage): Pick<HopOutcome, 'method' | 'target'> {
  return { method, target: url.host }
}
