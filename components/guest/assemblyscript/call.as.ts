/**
 * Calls of the host that are under way, for agents that wait without a stack.
 *
 * A call is a subtask of the component model. The host knows where its result goes, and writes it there before it says
 * that the call has ended. All state is in memory, globals and handles, so that a waiting agent can be moved.
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
/** By number of the subtask. */
const calls = new Array<Call | null>()
// Those that have ended and that the task has not heard of, in the order in which they did.
let firstEnded: Call | null = null
let lastEnded: Call | null = null

/** A call of the host. */
export class Call {
  /** Where the host writes the result. */
  readonly out: usize
  private outcome: Outcome | null = null
  private subtask: u32 = 0
  private isGivenUp: bool = false
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
    if (this.subtask === 0 || subtaskCancel(this.subtask) === BLOCKED) return
    this.drop()
  }

  /** Called once, with what the function answered. */
  begin(status: u32): void {
    const state = status & 15
    if (state === RETURNED) return this.end()
    this.subtask = status >>> 4
    if (set === 0) set = waitableSetNew()
    waitableJoin(this.subtask, set)
    while (<u32>calls.length <= this.subtask) calls.push(null)
    calls[this.subtask] = this
    underWay++
  }

  /** Called for an event of its subtask. */
  reach(state: u32): void {
    if (state <= STARTED) return
    this.drop()
    if (state === RETURNED) this.end()
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

  private end(): void {
    if (this.isGivenUp) return
    this.outcome = this.lift(this.out)
    const last = lastEnded
    if (last === null) firstEnded = this
    else last.next = this
    lastEnded = this
  }

  private drop(): void {
    subtaskDrop(this.subtask)
    calls[this.subtask] = null
    this.subtask = 0
    underWay--
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
export function settle(subtask: u32, state: u32): void {
  assert(calls[subtask]).reach(state)
}

/** The set to wait for; 0 when no call is under way. */
export function waitedFor(): u32 {
  return underWay === 0 ? 0 : set
}
