/**
 * The calls of tools that one invocation has under way: those that it waits for, and those that it has started and not
 * yet taken, by number.
 *
 * The numbers are those of `poll.any`. Calls that are left when the invocation ends are stopped with it, and the
 * record shows it.
 *
 * @module
 */
import {
  BODIES_HINT,
  GuestError,
  type InvocationContext,
  type LinkOutcome,
} from '../../host-module/index.ts'
import { pendingOf } from '../poll/index.ts'
import { type Blob } from '../blob/index.ts'
import type { ToolCall } from './tool-call.ts'

/** `started` of tools.wit. */
export interface StartedCall {
  readonly pending: number
  readonly ready: boolean
}

interface Running {
  readonly call: ToolCall
  readonly stop: StopSwitch
}

interface Started extends Running {
  readonly outcome: LinkOutcome | Promise<LinkOutcome>
}

// A call ends with the signal that it was given, whichever of the two it was.
const GIVEN_UP = 'The caller gave it up or ended before there was a result'

/** Stops a callee, also one that has not begun yet. */
class StopSwitch {
  #stopped = false
  #stop: (() => void) | undefined

  readonly connect = (stop: () => void): void => {
    this.#stop = stop
    if (this.#stopped) stop()
  }

  stop(): void {
    this.#stopped = true
    this.#stop?.()
  }
}

export class StartedCalls {
  readonly #context: InvocationContext
  readonly #started = new Map<number, Started>()
  readonly #running = new Set<Running>()
  #watching = false

  constructor(context: InvocationContext) {
    this.#context = context
  }

  /**
   * Calls a tool and waits for its result, which `finish` makes of the outcome.
   *
   * @throws {GuestError} when it may not be called now, or has no result
   */
  run<Result>(
    call: ToolCall,
    input: string,
    blobs: readonly unknown[],
    finish: (outcome: LinkOutcome) => Result,
  ): Result | Promise<Result> {
    this.#admit(call)
    const running: Running = { call, stop: new StopSwitch() }
    const answered = call.post(input, blobs, running.stop.connect)
    if (!(answered instanceof Promise)) return finish(answered)
    this.#watch()
    this.#running.add(running)
    this.#context.callSignal.addEventListener('abort', () => {
      if (!this.#running.delete(running)) return
      running.stop.stop()
      call.drop(GIVEN_UP)
    })
    return answered.then((outcome) => {
      // Given up meanwhile, as the record says: the result is dropped.
      if (!this.#running.delete(running)) throw new GuestError('unavailable')
      return finish(outcome)
    })
  }

  /** @throws {GuestError} when it may not be started now */
  start(call: ToolCall, input: string, blobs: readonly unknown[]): StartedCall {
    this.#admit(call)
    this.#watch()
    const stop = new StopSwitch()
    const answered = call.post(input, blobs, stop.connect)
    const outcome =
      answered instanceof Promise
        ? answered.then((settled) => this.#hold(settled))
        : this.#hold(answered)
    const ready = !(outcome instanceof Promise)
    const pending = pendingOf(this.#context).add(ready ? undefined : outcome)
    this.#started.set(pending, { call, outcome, stop })
    return { pending, ready }
  }

  /** @throws {GuestError} when there is no result, or the caller may not see it */
  take(number: number): string | Promise<string> {
    const { call, outcome } = this.#find(number)
    call.requireText()
    this.#spend(number)
    return outcome instanceof Promise
      ? outcome.then((settled) => call.text(this.#handOver(settled)))
      : call.text(this.#handOver(outcome))
  }

  /** @throws {GuestError} when there is no result */
  takeBlob(number: number): Blob | Promise<Blob> {
    const { call, outcome } = this.#find(number)
    this.#spend(number)
    return outcome instanceof Promise
      ? outcome.then((settled) => call.blob(this.#handOver(settled)))
      : call.blob(this.#handOver(outcome))
  }

  cancel(number: number): void {
    const started = this.#started.get(number)
    if (started === undefined) return
    this.#spend(number)
    const { outcome } = started
    if (!(outcome instanceof Promise)) this.#handOver(outcome)
    else void outcome.then((settled) => this.#handOver(settled))
    started.stop.stop()
    started.call.drop('The caller cancelled it')
  }

  #admit(call: ToolCall): void {
    const underWay = this.#started.size + this.#running.size
    if (underWay >= this.#context.toolFanOut) call.refuse('limited', 'Raise limits.toolFanOut')
  }

  #watch(): void {
    if (!this.#watching) this.#context.defer(() => this.#dropAll())
    this.#watching = true
  }

  #find(number: number): Started {
    const started = this.#started.get(number)
    if (started === undefined) throw new GuestError('unknown')
    return started
  }

  /** Counts a result that waits to be taken. */
  #hold(outcome: LinkOutcome): LinkOutcome {
    if (outcome.state !== 'answered' || this.#context.held.take(outcome.body.byteLength))
      return outcome
    return { state: 'limited', hint: BODIES_HINT }
  }

  /** Gives the bytes of a result back: the caller has taken or dropped it. */
  #handOver(outcome: LinkOutcome): LinkOutcome {
    if (outcome.state === 'answered') this.#context.held.give(outcome.body.byteLength)
    return outcome
  }

  #spend(number: number): void {
    this.#started.delete(number)
    pendingOf(this.#context).delete(number)
  }

  #dropAll(): void {
    for (const { call, stop } of this.#started.values()) {
      stop.stop()
      call.drop('The caller ended before it took the result')
    }
    for (const { call, stop } of this.#running) {
      stop.stop()
      call.drop(GIVEN_UP)
    }
    this.#started.clear()
    this.#running.clear()
  }
}
