/**
 * `wasi:http/outgoing-handler`: requests to the hosts the manifest grants under `http`, by the same rules as
 * `mayfly:agent/http`, streamed both ways.
 *
 * Redirects are the guest's to follow: each is a request of its own, with its own grant.
 *
 * A little longer than other files: what may be sent and what came of it is told in one place.
 *
 * @module
 */
import {
  HttpGrant,
  HttpRefusal,
  httpSender,
  trailersOf,
  type Capability,
  type CapabilityEvent,
  type ConfiguredCapability,
  type HttpDriver,
  type HttpSend,
  type InvocationContext,
  type SecretDriver,
} from '../../host-module/index.ts'
import type { HttpDecision, HttpRule } from '../../policy/index.ts'
import { EMPTY_SOURCE, ReadableSource } from '../io/index.ts'
import { httpFailed, refused, type ErrorCode } from './error-code.ts'
import { budgetOf, receivedFields } from './fields.ts'
import type { Result } from './future.ts'
import { abandon, connect, type Connected } from './outgoing-body.ts'
import { headOf, type OutgoingRequest, type RequestHead, type RequestOptions } from './request.ts'
import { FutureIncomingResponse, IncomingResponse } from './response.ts'
import { millis, timed } from './timeouts.ts'
import { isBodyless, toRequest } from './to-request.ts'

export interface WasiHttpOptions {
  /**
   * Body of one request, in bytes.
   *
   * @default 1_048_576
   */
  maxRequestBytes?: number
  /**
   * Milliseconds until a response must have begun. A guest may ask for fewer.
   *
   * @default 10_000
   */
  timeoutMs?: number
  /**
   * Where the secrets come from that rules put into headers.
   *
   * @default none: a rule that names one is refused
   */
  secrets?: SecretDriver
}

type Limits = Required<Omit<WasiHttpOptions, 'secrets'>>

const REFUSED_METHODS: ReadonlySet<string> = new Set(['CONNECT', 'TRACE', 'TRACK'])

export function wasiHttp(
  driver: HttpDriver,
  { maxRequestBytes = 1_048_576, timeoutMs = 10_000, secrets }: WasiHttpOptions = {},
): Capability {
  return {
    name: 'http',
    interfaces: ['wasi:http/outgoing-handler'],
    sockets: driver.sockets,
    example: '"http": [{ "host": "api.example.com" }]',
    suspends: [],
    configure({ agent, grant, countUse }): ConfiguredCapability {
      // The manifest's parser has checked the shape.
      const rules = (grant ?? []) as readonly HttpRule[]
      const send = httpSender(rules, { agent, driver, secrets })
      const live = new HttpGrant(rules, countUse)
      const limits = { maxRequestBytes, timeoutMs }
      return {
        // An empty list links: a component that was linked with a client runs, and is denied when it uses it.
        granted: grant !== undefined,
        prepare: (context) => {
          const client = new Client(send, live, limits, context)
          return {
            'wasi:http/outgoing-handler': {
              handle: (request: OutgoingRequest, options: RequestOptions | undefined) =>
                client.send(headOf(request), options),
            },
          }
        },
        attenuate: (narrowed) => live.attenuate((narrowed ?? []) as readonly HttpRule[]),
        async [Symbol.asyncDispose]() {},
      }
    },
  }
}

/** Why a request is given up whose body is larger than it may be. */
const TOO_MUCH = new RangeError('The requests are larger than allowed')

/** The requests of one invocation. */
class Client {
  readonly #send: HttpSend
  readonly #grant: HttpGrant
  readonly #limits: Limits
  readonly #context: InvocationContext

  constructor(send: HttpSend, grant: HttpGrant, limits: Limits, context: InvocationContext) {
    this.#send = send
    this.#grant = grant
    this.#limits = limits
    this.#context = context
  }

  send(head: RequestHead, options: RequestOptions | undefined): FutureIncomingResponse {
    const { url } = head
    if (url === undefined) throw refused({ tag: 'HTTP-request-URI-invalid' })
    if (REFUSED_METHODS.has(head.method.toUpperCase()))
      throw refused({ tag: 'HTTP-request-method-invalid' })
    const allowed = this.#decide(head.method, url)
    if (!this.#context.budget.take('outboundRequests')) {
      this.#note(head.method, url, 'limited', { hint: 'Raise limits.outboundRequests' })
      throw refused({ tag: 'connection-limit-reached' })
    }
    this.#context.work('request')
    const abort = new AbortController()
    // Until the invocation ends: the body may be read as long.
    this.#context.defer(
      this.#grant.watch(allowed, { method: head.method, url }, () => abort.abort()),
    )
    const signal = AbortSignal.any([this.#context.signal, abort.signal])
    const body = this.#connect(head, url, abort)
    const request = toRequest(head, url, body, signal)
    return new FutureIncomingResponse(
      this.#exchange({ request, url, allowed, abort, signal, options, body }),
    )
  }

  #decide(method: string, url: URL): Allowed {
    const decision = this.#grant.decide({ method, url })
    if (decision.state === 'allowed') return decision
    const hint = `${decision.hint} (${decision.reason}), in the agent.json of "${this.#context.agent}"`
    this.#note(method, url, 'denied', { hint })
    throw refused({ tag: 'HTTP-request-denied' })
  }

  #connect({ method, body }: RequestHead, url: URL, abort: AbortController): Connected | undefined {
    if (body === undefined) return undefined
    const { budget } = this.#context
    const { maxRequestBytes } = this.#limits
    this.#context.defer(() => abandon(body, new TypeError('The invocation ended')))
    return connect(body, {
      discard: isBodyless(method),
      maxBytes: maxRequestBytes,
      admits: (bytes) => budget.take('outboundBytes', bytes),
      exceeded: (bytes) => {
        const hint =
          bytes > maxRequestBytes
            ? 'Request body above maxRequestBytes of the http capability'
            : 'Raise limits.outboundBytes'
        this.#note(method, url, 'limited', { hint })
        abort.abort(TOO_MUCH)
      },
      cancelled: () => {},
    })
  }

  async #exchange(exchange: Sending): Promise<Result<IncomingResponse, ErrorCode>> {
    const { request, allowed, abort, signal, options } = exchange
    const timer = setTimeout(() => abort.abort(), this.#timeoutOf(options))
    const stopTimer = (): void => clearTimeout(timer)
    signal.addEventListener('abort', stopTimer)
    try {
      const response = await this.#send(request, allowed.rule, signal, (bytes) =>
        this.#context.work('searched', bytes),
      )
      return { tag: 'ok', val: this.#received(response, exchange) }
    } catch (error) {
      return { tag: 'err', val: this.#failure(error, exchange) }
    } finally {
      stopTimer()
      signal.removeEventListener('abort', stopTimer)
    }
  }

  #received(response: Response, sending: Sending): IncomingResponse {
    const { request, url, allowed, abort, options, body } = sending
    const rule = allowed.name
    let bytesIn = 0
    let exceeded = false
    let noted = false
    const note = (outcome: 'allowed' | 'limited' | 'failed'): void => {
      if (noted) return
      noted = true
      const bytesOut = body?.sentBytes() ?? 0
      this.#note(request.method, url, outcome, { rule, bytesIn, bytesOut })
    }
    this.#context.defer(() => note('allowed'))
    const budget = budgetOf(this.#context)
    const headers = receivedFields(response.headers, budget)
    const trailers = trailersOf(response)
    if (response.body === null) {
      note('allowed')
      return new IncomingResponse(response.status, headers, {
        source: EMPTY_SOURCE,
        trailers,
        budget,
      })
    }
    const source = new ReadableSource(response.body, {
      onChunk: (bytes) => {
        bytesIn += bytes
        this.#context.work('byte', bytes)
        if (this.#context.budget.take('inboundBytes', bytes)) return
        exceeded = true
        note('limited')
        abort.abort()
        throw new RangeError('The responses are larger than allowed')
      },
      onEnd: (error) => note(error === undefined ? 'allowed' : 'failed'),
      onError: () =>
        exceeded
          ? httpFailed('The responses are larger than allowed', {
              tag: 'HTTP-response-body-size',
              val: BigInt(bytesIn),
            })
          : httpFailed('The response broke off', { tag: 'HTTP-response-incomplete' }),
    })
    return new IncomingResponse(response.status, headers, {
      source: timed(source, millis(options?.betweenBytesTimeout()), abort),
      trailers,
      budget,
      release: () => abort.abort(),
    })
  }

  #failure(error: unknown, { request, url, allowed, abort, body }: Sending): ErrorCode {
    const { method } = request
    const { aborted, reason } = abort.signal
    // It is noted already.
    if (reason === TOO_MUCH)
      return { tag: 'HTTP-request-body-size', val: BigInt(body?.sentBytes() ?? 0) }
    if (error instanceof HttpRefusal) {
      const grant =
        error.network && `Add "network": "${error.network}" to the rule in capabilities.http`
      this.#note(method, url, 'denied', {
        hint: grant ? `${grant} (${error.message})` : error.message,
      })
      return { tag: 'destination-IP-prohibited' }
    }
    const hint = error instanceof Error ? error.message : String(error)
    this.#note(method, url, 'failed', { rule: allowed.name, hint })
    return { tag: aborted ? 'HTTP-response-timeout' : 'destination-unavailable' }
  }

  #timeoutOf(options: RequestOptions | undefined): number {
    const asked = [options?.connectTimeout(), options?.firstByteTimeout()].map(millis)
    return Math.min(this.#limits.timeoutMs, ...asked.filter((ms) => ms !== undefined))
  }

  #note(
    action: string,
    url: URL,
    outcome: 'allowed' | 'denied' | 'limited' | 'failed',
    facts: Pick<CapabilityEvent, 'rule' | 'hint' | 'bytesIn' | 'bytesOut'>,
  ): void {
    this.#context.record({ capability: 'http', action, target: url.host, outcome, ...facts })
  }
}

type Allowed = HttpDecision & { readonly state: 'allowed' }

interface Sending {
  readonly request: Request
  readonly url: URL
  readonly allowed: Allowed
  readonly abort: AbortController
  /** Of the invocation and of this request. */
  readonly signal: AbortSignal
  readonly options: RequestOptions | undefined
  readonly body: Connected | undefined
}
