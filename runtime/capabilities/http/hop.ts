/**
 * One request to one origin, which a rule has allowed: counts its bytes, stops its work, records its end.
 *
 * Longer than other files: it has all the ways in which a hop can end.
 *
 * @module
 */
import { CANCELLED } from '../../errors/index.ts'
import type { CapabilityEvent, InvocationContext } from '../../host-module/index.ts'
import type { HttpDecision, HttpRule, HttpTarget } from '../../policy/index.ts'
import type { ContentDecoder } from './content-decoder.ts'
import { HttpRefusal, type HttpAsked, type HttpReply } from './driver.ts'
import type { LiveRules } from './live-rules.ts'
import type { HttpSender } from './sender.ts'
import type { Stoppable } from './unless-stopped.ts'
import type { OpenedChannel } from './websocket-sender.ts'
import type { WebSocketAsked, WebSocketOptions } from './websocket-driver.ts'

/**
 * How a hop can end without its response. `denied`: no rule allows it, or not any more. `prohibited`: the address lies
 * where the rule does not allow. `limited`: a budget or bound is used up. `timeout` and `unavailable`: the other side.
 * `redirected`: its redirect is not followed.
 */
export type HopEnd = 'denied' | 'prohibited' | 'limited' | 'timeout' | 'unavailable' | 'redirected'

/** A hop has ended without its response, and is recorded. */
export class HopFailure extends Error {
  override readonly name = 'HopFailure'
  readonly end: HopEnd

  constructor(end: HopEnd) {
    super(end)
    this.end = end
  }
}

export interface HttpClientParts {
  readonly rules: LiveRules
  readonly sender: HttpSender
  /** Bytes that the body of one request may have. */
  readonly maxRequestBytes: number
  /** The same for a body that is streamed. */
  readonly maxUploadBytes: number
}

/** What is recorded of the end of a hop. */
export type HopFacts = Pick<CapabilityEvent, 'outcome' | 'rule' | 'hint' | 'bytesIn' | 'bytesOut'>

export type Allowed = HttpDecision & { readonly state: 'allowed' }

/** What all hops of one invocation share. */
export interface HopParts extends HttpClientParts {
  readonly context: InvocationContext
  /** The hops of its invocation that wait. */
  readonly waiting: Set<Hop>
}

interface HopSendOptions {
  /**
   * Used in place of the hop's own rule, to add other headers.
   *
   * @default its own
   */
  readonly rule?: HttpRule
  /**
   * Decodes the response.
   *
   * @default it stays as it came
   */
  readonly decoder?: ContentDecoder | undefined
}

export class Hop implements Stoppable {
  readonly rule: HttpRule
  /** Of the rule: `http[0]`. */
  readonly name: string
  readonly #target: HttpTarget
  readonly #parts: HopParts
  readonly #allowed: Allowed
  /** What is recorded of it. */
  #action: string
  /** Ends the watch, once it has begun. */
  #unwatch: (() => void) | undefined
  /** Made for a driver that asks for the signal. */
  #controller: AbortController | undefined
  /** Why all work must stop, once it must. */
  #stopped: { readonly reason: unknown } | undefined
  #onStop: ((reason: unknown) => void) | undefined
  #end: HopEnd | undefined
  #isNoted = false
  #bytesIn = 0
  #bytesOut = 0
  #sentAt = -Infinity

  constructor(target: HttpTarget, allowed: Allowed, parts: HopParts) {
    this.rule = allowed.rule
    this.name = allowed.name
    this.#target = target
    this.#parts = parts
    this.#allowed = allowed
    this.#action = actionOf(target)
  }

  /**
   * Stops the hop from now on when its invocation ends, its rule is revoked or `signal` aborts. A hop that is over before
   * anything else can happen needs it not.
   */
  watch(signal: AbortSignal | undefined): void {
    if (this.#unwatch !== undefined || this.#isNoted) return
    const { waiting, rules } = this.#parts
    waiting.add(this)
    const follow = (): void => this.stop(signal?.reason)
    const unwatchRule = rules.watch(this.#allowed, this.#target, () => {
      this.#finish('denied', { outcome: 'denied', hint: `${this.name} was revoked` })
    })
    this.#unwatch = () => {
      waiting.delete(this)
      signal?.removeEventListener('abort', follow)
      unwatchRule()
    }
    if (signal?.aborted === true) this.stop(signal.reason)
    else signal?.addEventListener('abort', follow)
  }

  /** Aborted when all work of the hop must stop. */
  get signal(): AbortSignal {
    const controller = (this.#controller ??= new AbortController())
    if (this.#stopped !== undefined) controller.abort(this.#stopped.reason)
    return controller.signal
  }

  /** All work of the hop must stop. */
  stop(reason: unknown): void {
    if (this.#stopped !== undefined) return
    this.#stopped = { reason }
    this.#controller?.abort(reason)
    this.#onStop?.(reason)
  }

  whenStopped(listener: (reason: unknown) => void): void {
    this.#onStop = listener
    if (this.#stopped !== undefined) listener(this.#stopped.reason)
  }

  throwIfStopped(): void {
    if (this.#stopped !== undefined) throw this.#stopped.reason
  }

  /** How it ended, when it ended without its response. */
  get end(): HopEnd | undefined {
    return this.#end
  }

  /** The failure of a hop that `sends` or `receives` has ended, or found ended. */
  get failure(): HopFailure {
    return new HopFailure(this.#end ?? 'unavailable')
  }

  /** Bytes of the response that have arrived. */
  get bytesIn(): number {
    return this.#bytesIn
  }

  /** When it last sent bytes of its body, on the clock of `performance.now()`; before all time when it has sent none. */
  get sentAt(): number {
    return this.#sentAt
  }

  /** Bytes of its body that were to be sent. */
  get bytesOut(): number {
    return this.#bytesOut
  }

  /** Counts all `bytes` of its body. Ends the hop and returns false when it may not send so many. */
  sends(bytes: number): boolean {
    return this.#sends(bytes, this.#parts.maxRequestBytes)
  }

  /** The same for `bytes` of a body that is streamed. */
  uploads(bytes: number): boolean {
    return this.#sends(bytes, this.#parts.maxUploadBytes)
  }

  #sends(bytes: number, maxBytes: number): boolean {
    const { context } = this.#parts
    this.#bytesOut += bytes
    this.#sentAt = performance.now()
    context.work('byte', bytes)
    if (this.#bytesOut > maxBytes)
      this.limited('Request body above maxRequestBytes of the http capability')
    else if (!context.budget.take('outboundBytes', bytes))
      this.limited('Raise limits.outboundBytes')
    return this.#end === undefined
  }

  /** Counts `bytes` of its response. Ends the hop and returns false when the invocation may not receive so many. */
  receives(bytes: number): boolean {
    const { context } = this.#parts
    this.#bytesIn += bytes
    context.work('byte', bytes)
    if (!context.budget.take('inboundBytes', bytes)) this.limited('Raise limits.inboundBytes')
    return this.#end === undefined
  }

  /**
   * Sends `request`. The body of the response is still to be read.
   *
   * @throws {HopFailure}
   */
  async send(
    request: Request,
    { rule = this.rule, decoder }: HopSendOptions = {},
  ): Promise<Response> {
    const { context, sender } = this.#parts
    context.work('request')
    try {
      return await sender.send(request, rule, this, { onSearch: this.#onSearch, decoder })
    } catch (error) {
      throw this.failed(error)
    }
  }

  /**
   * Sends `request`. The reply may be there at once, and its body may still be to be read: until the hop
   * is closed, `watch` it then.
   *
   * @throws what `failed` is to be called with, at once or later
   */
  ask(
    request: HttpAsked,
    { rule = this.rule, decoder }: HopSendOptions = {},
  ): HttpReply | Promise<HttpReply> {
    const { context, sender } = this.#parts
    this.throwIfStopped()
    context.work('request')
    return sender.ask(request, rule, this, { onSearch: this.#onSearch, decoder })
  }

  /**
   * Opens a WebSocket.
   *
   * @throws what `failed` is to be called with
   */
  async connect(
    asked: WebSocketAsked,
    bounds: Pick<WebSocketOptions, 'maxMessageBytes' | 'idleMs'>,
  ): Promise<OpenedChannel> {
    const { context, sender } = this.#parts
    this.throwIfStopped()
    context.work('request')
    return sender.connect(asked, this.rule, this, { ...bounds, onSearch: this.#onSearch })
  }

  /** The connection that it asked for is open: its end is recorded as well. */
  opened(): void {
    if (this.#isNoted) return
    note(this.#parts.context, this.#action, this.#target.url.host, {
      outcome: 'allowed',
      rule: this.name,
    })
    this.#action = 'close'
  }

  readonly #onSearch = (bytes: number): void => this.#parts.context.work('searched', bytes)

  /** Nothing came in time. */
  expire(): void {
    this.#finish('timeout', { outcome: 'failed', hint: 'The response did not come in time' })
  }

  /** Ends the hop, and records its end, if that is not recorded yet. */
  close(): void {
    this.#unwatch?.()
    this.#note({ outcome: 'allowed' })
  }

  /** Cancels its open request. */
  cancel(): void {
    this.close()
    this.stop(CANCELLED)
  }

  /** Ends the hop because its redirect is not followed; `hint` says why. */
  redirected(hint: string): HopFailure {
    return this.#finish('redirected', { outcome: 'failed', hint })
  }

  /** Ends the hop because a bound is reached; `hint` says which. */
  limited(hint: string): HopFailure {
    return this.#finish('limited', { outcome: 'limited', hint })
  }

  /** Ends the hop because of `error`, which the driver or the body of the response threw. */
  failed(error: unknown): HopFailure {
    if (error instanceof HopFailure) return error
    if (error instanceof HttpRefusal) {
      const { message, network } = error
      const line = `Add "network": "${network}" to ${this.name} of capabilities (${message})`
      const hint = network === undefined ? message : `${line}, ${inManifest(this.#parts.context)}`
      return this.#finish('prohibited', { outcome: 'denied', hint })
    }
    const hint = error instanceof Error ? error.message : String(error)
    return this.#finish('unavailable', { outcome: 'failed', hint })
  }

  /** Only the first end counts. */
  #finish(end: HopEnd, facts: HopFacts): HopFailure {
    this.#end ??= end
    this.#note(facts)
    this.#unwatch?.()
    if (this.#stopped === undefined) this.stop(CANCELLED)
    return this.failure
  }

  #note(facts: HopFacts): void {
    if (this.#isNoted) return
    this.#isNoted = true
    const { url } = this.#target
    const rule = facts.outcome === 'denied' ? {} : { rule: this.name }
    const bytes = { bytesIn: this.#bytesIn, bytesOut: this.#bytesOut }
    note(this.#parts.context, this.#action, url.host, { ...facts, ...rule, ...bytes })
  }
}

/** What a request for `target` is in the records. */
export function actionOf({ method, upgrade = false }: HttpTarget): string {
  return upgrade ? 'connect' : method
}

/** Records the end of a request to `target`. */
export function note(
  context: InvocationContext,
  action: string,
  target: string,
  facts: HopFacts,
): void {
  context.record({ capability: 'http', action, target, ...facts })
}

/** Where the rules of the agent are, for hints. */
export function inManifest({ agent }: InvocationContext): string {
  return `in the agent.json of "${agent}"`
}
