/**
 * Ends a request that an `Exchange` answers. The answer goes out as soon as the guest has given one, and its body while
 * the guest runs on.
 *
 * The host looks for the answer when the guest first waits, and when it has returned. Until then no client could have
 * seen it. So the host still knows whether a guest that traps had answered before.
 *
 * @module
 */
import { leaveUntyped, ProgramExit, type Exchange } from '../host-module/index.ts'
import { isMayflyError, MayflyError } from '../errors/index.ts'
import { leaveOut, leaveOutLength, type AnswerFacts } from './answer-fields.ts'
import type { Ending } from './enter.ts'
import { isErrorArm } from './guest-failure.ts'
import { statusOf, type Outcome } from './outcome.ts'
import { refusal } from './refusal.ts'
import { requestTooSlow } from './request-arrival.ts'
import type { ServedInvocation } from './served-invocation.ts'

const SERVER_ERROR = 500
const BAD_GATEWAY = 502
const INCOMPLETE_HINT =
  'Call response-outparam.set, and outgoing-body.finish once the body is written, before the export returns'

/** The ending of one such request. */
export class ExchangeResponse implements Ending<Response> {
  // A program may have returned and still write its output.
  readonly completesLater = true
  readonly #invocation: ServedInvocation
  readonly #facts: AnswerFacts
  /** Nothing when it could not be opened. */
  #exchange: Exchange | undefined
  #response: Response | undefined
  #give: ((response: Response) => void) | undefined

  constructor(invocation: ServedInvocation, facts: AnswerFacts) {
    this.#invocation = invocation
    this.#facts = facts
  }

  /** From now on the guest may answer in `exchange`. */
  begins(exchange: Exchange): void {
    this.#exchange = exchange
    this.#invocation.program = exchange.program
    this.#invocation.onWait = () => {
      try {
        this.#take(exchange)
      } catch (error) {
        this.#invocation.halt(failureOf(error, this.#invocation.agent))
      }
    }
  }

  whenEarly(give: (response: Response) => void): void {
    if (this.#response !== undefined) give(this.#response)
    else this.#give = give
  }

  returned(value?: unknown): Outcome {
    const exchange = this.#exchange
    if (exchange?.returned(value) !== true) {
      // Throws when the guest has answered with an error, which says more.
      if (this.#response === undefined) exchange?.take()
      throw new MayflyError(
        'ERR_GUEST_FAILED',
        `Agent "${this.#invocation.agent}" returned before its answer was complete`,
        { hint: INCOMPLETE_HINT },
      )
    }
    this.#take(exchange)
    return { state: 'completed', status: this.#response?.status ?? SERVER_ERROR }
  }

  threw(thrown: unknown): Outcome {
    const hasReturned = thrown instanceof ProgramExit && thrown.code === 0
    if (!hasReturned) return this.#failed(statedFailure(thrown))
    try {
      return this.returned()
    } catch (error) {
      return this.#failed(error)
    }
  }

  delivering(): Promise<void> | undefined {
    return this.#exchange?.delivering?.()
  }

  answer(outcome: Outcome): Response {
    if (this.#response !== undefined) return this.#response
    const status = statusOf(outcome)
    // A standard has no way for a guest to say that it failed: to a client, the fault lies behind this host.
    return refusal(outcome, this.#invocation.id, status === SERVER_ERROR ? BAD_GATEWAY : status)
  }

  /** Gives the client the answer of the guest, if there is one, and no other answer after it. */
  #take(exchange: Exchange): void {
    if (this.#response !== undefined) return
    const response = exchange.take()
    if (response === undefined) return
    response.headers.set('x-request-id', this.#invocation.id)
    if (!response.headers.has('content-type')) leaveUntyped(response)
    const facts = this.#facts
    const isChecked = exchange.checksLength?.() === true
    leaveOut(response.headers, isChecked ? { ...facts, keepsLength: true } : facts)
    leaveOutLength(response)
    this.#response = response
    // Not asked for its body: servers make their whole `Response` then.
    this.#invocation.streams()
    this.#give?.(response)
  }

  #failed(error: unknown): Outcome {
    const awaitsRequest = this.#exchange?.awaitsRequest() === true
    this.#exchange?.fail(error)
    const outcome = this.#invocation.outcomeOf(error)
    const isLate = outcome.state === 'limited' && outcome.limit === 'deadline'
    if (!isLate || !awaitsRequest) return outcome
    return this.#invocation.outcomeOf(requestTooSlow(this.#invocation))
  }
}

/** The error of a guest that left with `thrown`: a program, or a handler that answered with an error code. */
function statedFailure(thrown: unknown): unknown {
  if (thrown instanceof ProgramExit) return new MayflyError('ERR_GUEST_FAILED', thrown.message)
  if (!isErrorArm(thrown)) return thrown
  const { tag } = (thrown.payload ?? {}) as { readonly tag?: unknown }
  const text =
    typeof tag === 'string' ? `Agent answered with error "${tag}"` : 'Program returned an error'
  return new MayflyError(
    'ERR_GUEST_FAILED',
    text,
    typeof tag === 'string' ? { facts: { code: tag } } : {},
  )
}

function failureOf(error: unknown, agent: string): MayflyError {
  if (isMayflyError(error)) return error
  return new MayflyError('ERR_GUEST_FAILED', `Cannot send the answer of agent "${agent}"`, {
    cause: error,
  })
}
