/**
 * A call of the host that a guest started and did not wait for.
 *
 * Its result stays with the host until the guest takes the event, and is written into the store that the guest is in by
 * then. A result that the guest never takes is dropped, with the resources and streams that it would have given to the
 * guest.
 *
 * The promise of the host may never settle, and it keeps this object. So nothing in here leads to the store once the
 * call is over.
 *
 * @module
 */

import type { BorrowScope, Finder } from '../../abi/index.ts'
import { CANCELLED } from '../../errors/index.ts'
import {
  Subtask,
  SUBTASK_CANCELLED_BEFORE_RETURNED,
  SUBTASK_RETURNED,
  SUBTASK_STARTED,
} from '../concurrent/subtask.ts'
import type { WaitableEvent } from '../concurrent/waitable.ts'
import { explain } from '../explain.ts'
import { answerBytes } from './answer-bytes.ts'
import type { Aborter, HostDispatcher } from '../host-dispatcher.ts'
import { trapError } from '../stack/abort.ts'
import type { Store } from '../store.ts'
import { abandonHostInput } from '../stream/host-input.ts'
import type { Callee } from './callee.ts'
import { errorCase, errorOf, okOf } from './host-outcome.ts'
import type { OpenCalls } from './open-calls.ts'

/** A function of the host, as a guest calls it that does not wait. */
export interface HostCallee extends Callee {
  /** Finds the resources and streams that a result gives to the guest; absent when there can be none. */
  readonly owned: Finder | undefined
}

/** How a call was made. */
export interface HostSubtaskOptions {
  readonly callee: HostCallee
  /** Where the guest wants the result. */
  readonly pointer: number
  /** The handles that the guest lent. */
  readonly scope: BorrowScope | undefined
  /** Ends the work of the host, if it asked for that. */
  readonly aborter: Aborter | undefined
  readonly host: HostDispatcher
  /** Called once, when the host has answered or the call was cancelled. */
  readonly over: (() => void) | undefined
}

// The bound of calls that are under way bounds the sum of smaller ones.
const COUNTED_BYTES = 1_024

interface Answer {
  readonly failed: boolean
  readonly value: unknown
}

/** A subtask whose callee is the host. */
export class HostSubtask extends Subtask {
  #options: HostSubtaskOptions | undefined
  #answer: Answer | undefined
  /** Bytes of the answer, as far as the host was told of them. */
  #held = 0
  #calls: OpenCalls | undefined

  constructor(options: HostSubtaskOptions, calls: OpenCalls) {
    super(SUBTASK_STARTED, options.scope)
    this.#options = options
    this.#calls = calls
    calls.add(this)
    this.onCancel = () => {
      this.#abort()
      this.#end(SUBTASK_CANCELLED_BEFORE_RETURNED)
    }
  }

  /** Takes the answer of the host when it comes. */
  follow(outcome: PromiseLike<unknown>): void {
    const { host, callee } = this.#options as HostSubtaskOptions // It has just been made
    // What is needed to drop an answer that comes too late; for most functions nothing.
    const drop = droppingBy(host, callee)
    Promise.resolve(outcome).then(
      (value) => this.#answered({ failed: false, value }, drop),
      (error: unknown) => this.#answered({ failed: true, value: error }, drop),
    )
  }

  /** The guest will take no answer any more. */
  sever(): void {
    const options = this.#options
    if (options === undefined) return
    this.#abort()
    this.#give(options.host)
    this.#dropAnswer(droppingBy(options.host, options.callee))
    this.join(undefined)
    this.deliver()
    this.#options = undefined
    this.#calls = undefined
  }

  protected override event(store: Store): WaitableEvent {
    const options = this.#options
    const answer = this.#answer
    if (options !== undefined && answer !== undefined) {
      this.#answer = undefined
      this.#give(options.host)
      write(store, options, answer)
    }
    const event = super.event(store)
    this.#options = undefined
    this.#calls?.delete(this)
    return event
  }

  #answered(answer: Answer, drop: Drop | undefined): void {
    const options = this.#options
    if (options === undefined || this.resolved) {
      drop?.(answer)
      return
    }
    try {
      this.#hold(options.host, answer)
    } catch (error) {
      drop?.(answer)
      options.over?.()
      this.reject(error)
      return
    }
    this.#answer = answer
    this.#end(SUBTASK_RETURNED)
  }

  // A guest may leave answers where they are, and start further calls.
  #hold(host: HostDispatcher, { value }: Answer): void {
    const bytes = answerBytes(value)
    if (bytes < COUNTED_BYTES) return
    host.holds?.(bytes)
    this.#held = bytes
  }

  #give(host: HostDispatcher): void {
    if (this.#held > 0) host.gives?.(this.#held)
    this.#held = 0
  }

  #end(state: number): void {
    this.progress(state)
    this.#options?.over?.()
  }

  #abort(): void {
    if (!this.resolved) this.#options?.aborter?.abort(CANCELLED)
  }

  #dropAnswer(drop: Drop | undefined): void {
    const answer = this.#answer
    this.#answer = undefined
    if (answer !== undefined) drop?.(answer)
  }
}

type Drop = (answer: Answer) => void

function droppingBy(host: HostDispatcher, { signature, owned }: HostCallee): Drop | undefined {
  if (owned === undefined) return undefined
  return ({ failed, value }) => {
    const result = failed ? errorCase(signature, value) : okOf(signature, value)
    owned(result, (resource, object) => {
      try {
        if (resource === undefined) abandonHostInput(object)
        else if (host.drop !== undefined) host.drop(resource, object)
        else (object as Partial<Disposable>)[Symbol.dispose]?.()
      } catch {
        // The guest that would have had it is gone, and no call is left to fail with the error.
      }
    })
  }
}

function write(store: Store, { callee, pointer }: HostSubtaskOptions, answer: Answer): void {
  const { name, signature, compiled } = callee
  try {
    const value = answer.failed
      ? errorOf(store, signature, answer.value)
      : okOf(signature, answer.value)
    signature.storeResult(store.context(compiled).begin(true, undefined), value, pointer)
  } catch (error) {
    store.note(explain(error, name))
    // The failure is noted: this one only unwinds.
    throw trapError()
  }
}
