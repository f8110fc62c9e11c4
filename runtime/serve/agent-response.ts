/**
 * Ends a request that `mayfly:agent/handler` answers: the record becomes its answer, unless the guest has
 * streamed one.
 *
 * Every ending has a status: a guest never makes an answer fail.
 *
 * @module
 */
import type { MayflyError } from '../errors/index.ts'
import type { Limits } from '../manifest/index.ts'
import type { WebOrigin } from '../policy/index.ts'
import type { ArrivingBody } from './arriving-body.ts'
import { recordLeftOut } from './answer-fields.ts'
import { bodyTooLarge, tooManyBodies } from './body-errors.ts'
import type { Ending } from './enter.ts'
import { guestFailure } from './guest-failure.ts'
import type { Outcome } from './outcome.ts'
import { refusal } from './refusal.ts'
import { requestTooSlow } from './request-arrival.ts'
import { HIGH_WATER_BYTES, ResponseBody } from './response-body.ts'
import { toAnswer, type ExchangeFacts, type ResponseRecord } from './response-record.ts'
import type { Runs, ServedInvocation } from './served-invocation.ts'
import type { Answer } from './whole-answer.ts'

/** The ending of one such request. */
export class AgentResponse implements Ending<Answer>, ExchangeFacts {
  readonly id: string
  readonly keepsLength: boolean
  readonly origin: WebOrigin | undefined
  readonly #leftOut: Set<string>
  readonly #invocation: ServedInvocation
  readonly #limits: Limits
  #body: ResponseBody | undefined
  /** The answer that the guest streams, once it has begun. */
  #streamed: Response | undefined
  #onStream: ((answer: Answer) => void) | undefined
  #answer: Answer | undefined
  #error: unknown
  /** The body of the request, when the guest reads it itself. */
  #request: ArrivingBody | undefined

  constructor(
    invocation: ServedInvocation,
    { limits, leftOut }: Pick<Runs<ServedInvocation>, 'limits' | 'leftOut'>,
    keepsLength: boolean,
    origin: WebOrigin | undefined,
  ) {
    this.id = invocation.id
    this.keepsLength = keepsLength
    this.origin = origin
    this.#invocation = invocation
    this.#limits = limits
    this.#leftOut = leftOut
    invocation.answer = this
  }

  /** Takes the answer that the guest streams. */
  get body(): ResponseBody {
    return (this.#body ??= new ResponseBody(
      this,
      this.#limits.responseBodyBytes,
      this.#invocation.held,
      (response) => {
        this.#streamed = response
        this.#invocation.streams()
        this.#onStream?.(response)
      },
      () => this.#invocation.clientLeft(),
    ))
  }

  /** The guest reads the body of its request itself. */
  reads(request: ArrivingBody): void {
    this.#request = request
    this.#invocation.requestBody = request
  }

  onLeftOut(name: string): void {
    recordLeftOut(this.#leftOut, this.#invocation, this.origin, name)
  }

  whenEarly(give: (answer: Answer) => void): void {
    if (this.#streamed !== undefined) give(this.#streamed)
    else this.#onStream = give
  }

  returned(value: unknown): Outcome {
    const excess = this.#excess
    if (excess !== undefined) throw excess
    // By the type of the export, which the linker has lifted.
    this.#answer = this.#answerOf(this.#invocation.answerOf(value as ResponseRecord))
    return { state: 'completed', status: this.#answer.status }
  }

  threw(error: unknown): Outcome {
    this.#error = this.#excess ?? guestFailure(error, this.#invocation.agent)
    const outcome = this.#invocation.outcomeOf(this.#error)
    const isLate = outcome.state === 'limited' && outcome.limit === 'deadline'
    if (!isLate || this.#request?.isBehind !== true) return outcome
    return this.#invocation.outcomeOf(requestTooSlow(this.#invocation))
  }

  /** Why the request gets no answer of the guest, whatever that answers: unless it has begun, its body was too large. */
  get #excess(): MayflyError | undefined {
    return this.#streamed === undefined ? this.#request?.excess : undefined
  }

  answer(outcome: Outcome): Answer {
    if (this.#answer !== undefined) return this.#answer
    this.#body?.finish(undefined, this.#error)
    return this.#streamed ?? refusal(outcome, this.id)
  }

  #answerOf(record: ResponseRecord): Answer {
    const { responseBodyBytes } = this.#limits
    if (this.#streamed === undefined) {
      const answer = toAnswer(record, responseBodyBytes, this)
      this.#hold(record.body.byteLength, record.body)
      return answer
    }
    const bytes = this.body.sentBytes + record.body.byteLength
    if (bytes > responseBodyBytes) throw bodyTooLarge('response-body', bytes, responseBodyBytes)
    this.#hold(record.body.byteLength)
    this.body.finish(record.body)
    return this.#streamed
  }

  /** A client that does not read its answer leaves it with the host. */
  #hold(bytes: number, whole?: Uint8Array): void {
    // Systems buffer this much for a connection anyway.
    if (bytes <= HIGH_WATER_BYTES) return
    if (!this.#invocation.holdAnswer(bytes, whole)) throw tooManyBodies()
  }
}
