/**
 * Takes turns between the tasks of one store, where components call each other and run meanwhile.
 *
 * One task runs at a time, until it returns, waits or yields. Waiting tasks stand in a line, and the first that can
 * continue does. A task that waits in the middle of its code has its own stack, which a promise resumes; control is
 * back when the task gives it back. A task that computes for long and lets other slots have their turn keeps control:
 * all tasks of its store stand still with it. Tasks run only during a call of the host: a task that a call leaves behind
 * continues in the next call, or never, when the store is reset.
 *
 * @module
 */

import { trap, type FlatValue } from '../../abi/index.ts'
import type { Execution } from '../execution.ts'
import { CANCELLED } from '../call/ending.ts'
import type { ScheduledTask } from '../call/running-task.ts'
import { refuseToWait } from '../stack/stack-switching.ts'
import type { Held } from '../stack/waits.ts'

/** A task that cannot continue by itself. */
export interface Waiting {
  readonly task: ScheduledTask
  /** Whether it may be cancelled here. */
  readonly cancellable: boolean
  /** Whether it is a suspended stack: a stack continues after `resume`, not in it. */
  readonly onStack: boolean
  /** If true, resumes with a cancellation without waiting for `ready`. */
  cancelled: boolean
  ready(): boolean
  /** `alone` says that no code of a guest is below. A promise when the task was paused: it still runs. */
  resume(cancelled: boolean, alone: boolean): Promise<void> | undefined | void
}

/** The call of the host that everything runs for. */
interface Main {
  readonly task: ScheduledTask
  readonly resolve: (value: unknown) => void
  readonly reject: (error: unknown) => void
}

// Each turn looks through all waiting tasks. Their stacks are charged (`StackCount`).
const MAX_WAITING = 1_000

// Tasks that yield to each other must not keep timers and sockets from being served.
const STEPS_A_TURN = 32

/** The tasks of one store that wait, and the call of the host that they run for. */
export class Scheduler {
  readonly #store: Execution
  #line: Waiting[] = []
  #main: Main | undefined
  /** How many promises of the host some task waits for. */
  #held = 0
  #wake: (() => void) | undefined

  constructor(store: Execution) {
    this.#store = store
  }

  /** Traps when too many wait. */
  add(waiting: Waiting): void {
    if (this.#line.length >= MAX_WAITING) trap(`Cannot wait: ${MAX_WAITING} tasks wait already`)
    this.#line.push(waiting)
  }

  /** Where `task` waits and can be cancelled. */
  cancellable(task: ScheduledTask): Waiting | undefined {
    return this.#line.find((each) => each.task === task && each.cancellable)
  }

  remove(waiting: Waiting): void {
    this.#line = this.#line.filter((each) => each !== waiting)
  }

  /**
   * Makes the running stack wait: returns the promise that its gate takes.
   *
   * `forHost` says that the host lets it wait: a synchronous function may wait for the host only.
   */
  park(
    ready: () => boolean,
    take: (cancelled: boolean) => FlatValue | undefined,
    { cancellable = false, forHost = false }: { cancellable?: boolean; forHost?: boolean } = {},
  ): Held {
    const { task: running, suspendable } = this.#store
    const task = running?.scheduled
    if (task === undefined || !suspendable) return refuseToWait('another task')
    if (!task.mayBlock && !forHost) return trap('Cannot wait: a synchronous function may not block')
    task.park()
    return this.#store.waits.park((resume) => {
      this.add({
        task,
        cancellable,
        onStack: true,
        cancelled: cancellable && task.takeCancellation(),
        ready,
        resume: (cancelled) => resume(take(cancelled)),
      })
    })
  }

  /** Counts a promise of the host. Returns a function to call when the promise has settled. */
  hold(): () => void {
    const { epoch } = this.#store
    this.#held++
    return () => {
      if (this.#store.epoch !== epoch) return
      this.#held--
      this.wake()
    }
  }

  /** Some task may be able to go on now. */
  wake(): void {
    const wake = this.#wake
    this.#wake = undefined
    wake?.()
  }

  /** Runs everything until `task`, which the host called and which may be `paused`, has ended. */
  run(task: ScheduledTask, paused: Promise<void> | undefined): Promise<unknown> {
    return new Promise((resolve, reject) => {
      this.#main = { task, resolve, reject }
      void this.#turns(this.#main, paused)
    })
  }

  /** Called for each task that ended. */
  ended(task: ScheduledTask): void {
    if (this.#main?.task === task) this.#end()?.resolve(task.value)
  }

  /** Called with the error of a stack that ended with a trap: no handler of the guest can catch it. */
  fail(error: unknown): void {
    this.#store.note(error)
    this.#end()?.reject(error)
  }

  /** Forgets everything. */
  clear(): void {
    this.#main = undefined
    this.#line = []
    this.#held = 0
    this.#wake = undefined
  }

  #end(): Main | undefined {
    const main = this.#main
    this.#main = undefined
    return main
  }

  async #turns(main: Main, paused: Promise<void> | undefined): Promise<void> {
    if (paused !== undefined) await paused
    for (let steps = 1; this.#main === main && !this.#store.failed; steps++) {
      const next = this.#take()
      if (next === undefined) {
        if (this.#held === 0) return this.#stuck(main)
        await new Promise<void>((resolve) => {
          this.#wake = resolve
        })
        continue
      }
      try {
        const control = this.#step(next)
        // Never, when its stack ends with a trap: then nothing of the store runs any more.
        if (control !== undefined) await control
      } catch (error) {
        return this.fail(error)
      }
      if (this.#main === main) this.#store.call?.paused()
      this.#store.host.runs?.(false)
      if (this.#main !== main && this.#main !== undefined) return
      next.task.state.leave(undefined)
      if (!next.onStack) this.#store.task = undefined
      if (steps % STEPS_A_TURN === 0) await nextTurn()
    }
  }

  /** Lets it continue. Returns a promise when control comes back later. */
  #step(next: Waiting): Promise<void> | undefined | void {
    const store = this.#store
    store.host.admit?.()
    store.host.runs?.(true)
    const { task } = next
    store.task = task
    store.pinned = 1
    task.state.enter(undefined)
    const control = next.onStack ? task.control() : undefined
    return next.resume(next.cancelled, true) ?? control
  }

  #take(): Waiting | undefined {
    const next = this.#line.find(
      (each) => each.task.state.mayEnter(undefined) && (each.cancelled || each.ready()),
    )
    if (next !== undefined) this.remove(next)
    return next
  }

  /** No task can continue. That is fine if the host has its value. */
  #stuck({ task }: Main): void {
    if (task.returned || task.value === CANCELLED) this.#end()?.resolve(task.value)
    else this.fail(deadlock())
  }
}

function deadlock(): unknown {
  try {
    return trap('Cannot go on: every task waits for what cannot happen')
  } catch (error) {
    return error
  }
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0))
}
