/**
 * The calls of tools that one invocation has started and not yet taken, by number.
 *
 * The numbers are those of `poll.any`. What is left when the invocation ends is stopped with it, and on
 * record.
 *
 * @module
 */
import {
  GuestError,
  pendingOf,
  type Blob,
  type InvocationContext,
  type LinkOutcome,
} from '../../capability/index.ts'
import type { ToolCall } from './tool-call.ts'

interface Started {
  readonly call: ToolCall
  readonly outcome: LinkOutcome | Promise<LinkOutcome>
  readonly abort: AbortController
}

export class StartedCalls {
  readonly #context: InvocationContext
  readonly #started = new Map<number, Started>()
  #watching = false

  constructor(context: InvocationContext) {
    this.#context = context
  }

  /** @throws {GuestError} when it may not be started now */
  start(call: ToolCall, input: string, blobs: readonly unknown[]): number {
    const { toolFanOut } = this.#context
    if (this.#started.size >= toolFanOut) call.refuse('limited', 'Raise limits.toolFanOut')
    if (!this.#watching) this.#context.defer(() => this.#dropAll())
    this.#watching = true
    const abort = new AbortController()
    const outcome = call.post(input, blobs, abort.signal)
    const number = pendingOf(this.#context.signal).add(
      outcome instanceof Promise ? outcome : undefined,
    )
    this.#started.set(number, { call, outcome, abort })
    return number
  }

  /** @throws {GuestError} when there is no result, or none that the caller may see */
  take(number: number): string | Promise<string> {
    const { call, outcome } = this.#find(number)
    call.requireText()
    this.#spend(number)
    return outcome instanceof Promise
      ? outcome.then((settled) => call.text(settled))
      : call.text(outcome)
  }

  /** @throws {GuestError} when there is no result */
  takeBlob(number: number): Blob | Promise<Blob> {
    const { call, outcome } = this.#find(number)
    this.#spend(number)
    return outcome instanceof Promise
      ? outcome.then((settled) => call.blob(settled))
      : call.blob(outcome)
  }

  cancel(number: number): void {
    const started = this.#started.get(number)
    if (started === undefined) return
    this.#spend(number)
    started.abort.abort()
    started.call.drop('The caller cancelled it')
  }

  #find(number: number): Started {
    const started = this.#started.get(number)
    if (started === undefined) throw new GuestError('unknown')
    return started
  }

  #spend(number: number): void {
    this.#started.delete(number)
    pendingOf(this.#context.signal).delete(number)
  }

  #dropAll(): void {
    for (const { call, abort } of this.#started.values()) {
      abort.abort()
      call.drop('The caller ended before it took the result')
    }
    this.#started.clear()
  }
}
