/**
 * The state of the code in one store: whether it runs, whether it can be suspended, and the error that ended it.
 *
 * The first failure is kept, and all later calls refuse to run. Otherwise a guest could continue, in code that catches
 * exceptions, with memory that the failed call left half written.
 *
 * @module
 */

import { abort } from './stack/abort.ts'
import type { HostCall, HostDispatcher } from './host-dispatcher.ts'
import { OpenCalls } from './call/open-calls.ts'
import type { RunningTask } from './call/running-task.ts'
import type { StackCount } from './stack/stack-count.ts'
import { Waits } from './stack/waits.ts'

/** A call of the host that waits, as its store sees it. */
export interface WaitingHostCall extends HostCall {
  /** The store has failed. */
  abandon(): void
  /** The guest has given back control. */
  paused(): void
}

// Stands for the error of a trap until the promise of its stack brings it.
const UNKNOWN = Symbol('unknown trap')

/** The part of a store that stacks, waits, tasks and the scheduler need. */
export class Execution {
  host: HostDispatcher
  /** Whether a call from the host is running or suspended. */
  running = false
  /** Whether the running call may be suspended at an import: it was entered through `WebAssembly.promising`. */
  suspendable = false
  /** Whether the running call may be suspended between any two instructions, to let others have their turn. */
  inTurns = false
  /**
   * How many frames of JavaScript keep the code that runs from being suspended. At 0 it lies on a stack of its
   * own, and all that called it does as well.
   */
  pinned = 1
  /** Whether its stack is suspended. */
  suspended = false
  /** How often JavaScript has called the guest in the middle of something. */
  spans = 0
  /** Called once, when the guest can be suspended again. */
  whenFree: (() => void) | undefined
  /** The waits of its suspended stacks. */
  readonly waits: Waits = new Waits(this)
  /** Whether tasks run beside each other. */
  readonly concurrent: boolean
  /** The stacks of its calls. */
  readonly stacks: StackCount
  /** The calls of the host that its guest has started and not waited for. */
  calls: OpenCalls = new OpenCalls()
  task: RunningTask | undefined
  /** The task that the host called. */
  main: RunningTask | undefined
  /** The call of the host, once it waits. */
  call: WaitingHostCall | undefined
  /** How many of its resources the host holds. */
  held = 0
  failed = false
  failure: unknown
  /** Whether all that it ran for is over: no code of it runs until it is reset. */
  vacant = false
  /** Counts resets and ends: objects that the host holds from an earlier epoch are void. */
  epoch = 0

  constructor(host: HostDispatcher, stacks: StackCount, concurrent: boolean) {
    this.host = host
    this.concurrent = concurrent
    this.stacks = stacks
  }

  /** Records the error that ended the guest, and unwinds it. The first failure is the one that is reported. */
  fail(error: unknown): never {
    this.note(error)
    return abort()
  }

  note(error: unknown): void {
    if (this.failed && this.failure !== UNKNOWN) return
    this.failed = true
    this.failure = error
    // No code of the store runs again. A waiting stack would stay alive, and with it the instance.
    this.waits.end()
    this.calls.end(error instanceof Error ? error : undefined)
  }

  /** Records that a stack ended with a trap whose error arrives later, through `note`. */
  trapped(): void {
    this.note(UNKNOWN)
  }

  /** JavaScript is about to call the guest in the middle of something. Not undone by a trap: that ends the store. */
  pin(): void {
    this.pinned++
    this.spans++
  }

  unpin(): void {
    if (--this.pinned === 0) this.#freed()
  }

  /** The guest is about to be entered on a separate stack. */
  surface(): void {
    this.pinned = 0
    this.suspended = false
    this.#freed()
  }

  #freed(): void {
    const { whenFree } = this
    if (whenFree === undefined) return
    this.whenFree = undefined
    whenFree()
  }
}
