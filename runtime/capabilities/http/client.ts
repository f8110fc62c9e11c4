/**
 * Sends HTTP requests of guests, for both interfaces: decides, counts, sends, records.
 *
 * A hop is one request to one origin. It is recorded exactly once, when it is refused or has ended. The guest learns the
 * kind of end. The record for the operator has the reason, and the line of agent.json that would change it.
 *
 * @module
 */
import type { InvocationContext } from '../../host-module/index.ts'
import type { HttpTarget } from '../../policy/index.ts'
import {
  actionOf,
  Hop,
  HopFailure,
  inManifest,
  note,
  type HopFacts,
  type HopParts,
  type HttpClientParts,
} from './hop.ts'

// One for all: a new one takes the host a stack trace.
const ENDED = new DOMException('The invocation has ended', 'AbortError')

/** The outbound HTTP of one invocation. */
export class HttpClient {
  readonly #parts: HttpClientParts
  readonly #context: InvocationContext
  /** What its hops share, once it has had one. */
  #hops: HopParts | undefined
  #isOver = false

  constructor(parts: HttpClientParts, context: InvocationContext) {
    this.#parts = parts
    this.#context = context
  }

  /**
   * Begins a hop: decides whether a rule allows it, and takes it from the budget of requests. It is to be watched when it
   * is not over at once.
   *
   * @throws {HopFailure} `denied` or `limited`
   */
  begin(target: HttpTarget): Hop {
    const decision = this.#parts.rules.decide(target)
    if (decision.state === 'denied') {
      const hint = `${decision.hint} (${decision.reason}), ${inManifest(this.#context)}`
      this.note(actionOf(target), target.url.host, { outcome: 'denied', hint })
      throw new HopFailure('denied')
    }
    const hop = new Hop(target, decision, this.#hopParts())
    if (this.#isOver) hop.stop(ENDED)
    if (this.#context.budget.take('outboundRequests')) return hop
    throw hop.limited('Raise limits.outboundRequests')
  }

  /**
   * Begins a hop and watches it.
   *
   * @param signal - gives the hop up; beside the end of the invocation and the revocation of its rule
   * @throws {HopFailure} `denied` or `limited`
   */
  open(target: HttpTarget, signal?: AbortSignal): Hop {
    const hop = this.begin(target)
    hop.watch(signal)
    return hop
  }

  #hopParts(): HopParts {
    if (this.#hops === undefined) {
      const waiting = new Set<Hop>()
      // Once, not for each hop: an invocation may make thousands of them.
      this.#context.defer(() => this.#end(waiting))
      this.#hops = { ...this.#parts, context: this.#context, waiting }
    }
    return this.#hops
  }

  #end(waiting: ReadonlySet<Hop>): void {
    this.#isOver = true
    for (const hop of waiting) hop.stop(ENDED)
  }

  /** Records the end of a request to `target` that has no open hop. */
  note(action: string, target: string, facts: HopFacts): void {
    note(this.#context, action, target, facts)
  }
}
