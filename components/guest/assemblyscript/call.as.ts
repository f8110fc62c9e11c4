/**
 * Calls of the host that are under way, for agents that wait without a stack.
 *
 * A call is a subtask of the component model. The host knows where its result goes, and writes it there before it says
 * that the call has ended. Copies of bodies are calls as well: they wait for an end of a stream. All state is in memory,
 * globals and handles, so that a waiting agent can be moved.
 *
 * @module
 */

import { subtaskCancel, subtaskDrop, waitableJoin, waitableSetNew } from './imports.gen.as'
import { Outcome, Result } from './result.as'

// States of a subtask.
const STARTED: u32 = 1
const RETURNED: u32 = 2
/** The answer of a cancellation that is under way. */
const BLOCKED: u32 = 0xffffffff

/** The set that all calls under way are in; 0 when there has been none. */
let set: u32 = 0
let underWay: i32 = 0
/** By number of the subtask or the end. */
const calls = new Array<Call | null>()
// Those that have ended and that the task has not heard of, in the order in which they did.
let firstEnded: Call | null = null
let lastEnded: Call | null = null

/** A call of the host. */
export class Call {
  /** Where the host writes the result. */
  readonly out: usize
  protected outcome: Outcome | null = null
  /** The subtask or the end that it waits for; 0 when it does not. */
  protected waitable: u32 = 0
  protected isGivenUp: bool = false
  private next: Call | null = null

  constructor(
    private readonly lift: (at: usize) => Outcome,
    size: usize,
  ) {
    this.out = heap.alloc(size)
  }

  /** Whether its result is there. */
  get isDone(): bool {
    return this.outcome !== null
  }

  /** Why it failed, as the WIT of the interface names it; empty when it did not, or is under way. */
  get error(): string {
    const outcome = this.outcome
    return outcome === null ? '' : outcome.error
  }

  /** Ends the call. The task does not hear of it again. */
  cancel(): void {
    if (this.isGivenUp) return
    this.isGivenUp = true
    if (this.waitable === 0 || subtaskCancel(this.waitable) === BLOCKED) return
    this.drop()
  }

  /** Called once, with what the function answered. */
  begin(status: u32): void {
    const state = status & 15
    if (state === RETURNED) return this.end(this.lift(this.out))
    this.watch(status >>> 4)
  }

  /** Called for an event of what it waits for. */
  reach(state: u32): void {
    if (state <= STARTED) return
    this.drop()
    if (state === RETURNED && !this.isGivenUp) this.end(this.lift(this.out))
  }

  /** Takes the first one that has ended out of the queue; null when there is none. */
  static takeEnded(): Call | null {
    let call = firstEnded
    while (call !== null) {
      firstEnded = call.next
      if (firstEnded === null) lastEnded = null
      if (!call.isGivenUp) break
      call = firstEnded
    }
    return call
  }

  protected get result(): Outcome {
    return assert(this.outcome)
  }

  /** Before it is used once more: the task has heard of it. */
  protected renew(): void {
    assert(this.waitable === 0)
    let call = firstEnded
    while (call !== null) {
      assert(call !== this)
      call = call.next
    }
    this.outcome = null
    this.next = null
  }

  /** Has the task hear of it. */
  protected end(outcome: Outcome): void {
    this.outcome = outcome
    const last = lastEnded
    if (last === null) firstEnded = this
    else last.next = this
    lastEnded = this
  }

  /** Waits for an event of `waitable`. */
  protected watch(waitable: u32): void {
    this.waitable = waitable
    if (set === 0) set = waitableSetNew()
    waitableJoin(waitable, set)
    while (<u32>calls.length <= waitable) calls.push(null)
    calls[waitable] = this
    underWay++
  }

  protected unwatch(): void {
    calls[this.waitable] = null
    this.waitable = 0
    underWay--
  }

  private drop(): void {
    subtaskDrop(this.waitable)
    this.unwatch()
  }
}

/** A call with a value. */
export class Pending<T> extends Call {
  /** Traps when the call is under way or failed: look at `isDone` and `error` before. */
  get value(): T {
    return changetype<Result<T>>(this.result).value
  }
}

/** Hands an event to the call that it is for. */
export function settle(waitable: u32, state: u32): void {
  assert(calls[waitable]).reach(state)
}

/** The set to wait for; 0 when no call is under way. */
export function waitedFor(): u32 {
  return underWay === 0 ? 0 : set
}
