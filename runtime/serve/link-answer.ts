/**
 * Ends a request of one agent to another: the caller gets bytes, or as much of the failure as it may know.
 *
 * @module
 */
import type { LinkFailure, LinkOutcome } from '../host-module/index.ts'
import type { Limits } from '../manifest/index.ts'
import { CollectedAnswer } from './collected-answer.ts'
import type { Ending } from './enter.ts'
import { guestFailure } from './guest-failure.ts'
import { statusOf, type Outcome } from './outcome.ts'
import type { ResponseRecord } from './response-record.ts'
import type { ServedInvocation } from './served-invocation.ts'

/** The ending of one such request. */
export class LinkAnswer implements Ending<LinkOutcome> {
  readonly #invocation: ServedInvocation
  readonly #collected: CollectedAnswer
  #answer: Pick<ResponseRecord, 'status' | 'body'> | undefined

  constructor(invocation: ServedInvocation, { responseBodyBytes }: Limits) {
    this.#invocation = invocation
    this.#collected = new CollectedAnswer(responseBodyBytes, invocation.held)
    invocation.answer = this.#collected
  }

  returned(value: unknown): Outcome {
    // By the type of the export, which the linker has lifted.
    const record = this.#invocation.answerOf(value as ResponseRecord)
    this.#answer = this.#collected.with(record)
    return { state: 'completed', status: this.#answer.status }
  }

  threw(error: unknown): Outcome {
    return this.#invocation.outcomeOf(guestFailure(error, this.#invocation.agent))
  }

  answer(outcome: Outcome): LinkOutcome {
    return this.#answer === undefined
      ? linkFailure(outcome)
      : { state: 'answered', ...this.#answer }
  }
}

/** The part of a callee's failure that its caller may know. */
export function linkFailure(outcome: Outcome): LinkFailure {
  switch (outcome.state) {
    case 'completed':
      return { state: 'failed', hint: `It ended with status ${outcome.status}` }
    case 'limited':
      // It may have room when it is asked again.
      if (statusOf(outcome) === 503) return { state: 'unavailable', hint: outcome.error.message }
      return { state: 'limited', hint: outcome.error.message }
    case 'killed':
    case 'abandoned':
    case 'rejected':
      return { state: 'unavailable', hint: outcome.error.message }
    case 'failed':
    case 'trapped':
      return { state: 'failed', hint: outcome.error.message }
  }
}
