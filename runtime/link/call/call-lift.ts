/**
 * Runs a lifted function: once through when it was lifted without `async`, event by event when with.
 *
 * Returns a value, or a promise when the guest waits. Nothing here allocates a promise for a guest that
 * does not.
 *
 * @module
 */

import { trap, type FlatValue, type InstanceState } from '../../abi/index.ts'
import type { BoundLift } from './bound-lift.ts'
import { callbackCode, EXIT, YIELD } from '../concurrent/callback-code.ts'
import { callConcurrently } from '../concurrent/call-concurrently.ts'
import type { Store } from '../store.ts'
import { Task } from './task.ts'
import {
  NO_EVENT,
  TASK_CANCELLED,
  WaitableSet,
  type WaitableEvent,
} from '../concurrent/waitable.ts'

/** `from` is the instance that calls, when one does. */
export function callLift(
  store: Store,
  lift: BoundLift,
  values: readonly unknown[],
  facesHost: boolean,
  from?: InstanceState,
): unknown {
  const { scheduler } = store
  if (scheduler !== undefined) return callConcurrently(store, scheduler, lift, values, facesHost)
  const task = new Task(store, lift, facesHost, from)
  if (facesHost) store.main = task
  const flat = task.start(values)
  const core = lift.entry.call(flat, facesHost)
  if (lift.isAsync) return whenThere(core, task, false)
  if (!(core instanceof Promise)) return finish(task, core)
  return core.then((value) => {
    store.pinned = 1
    store.host.runs?.(true)
    const result = finish(task, value)
    store.host.runs?.(false)
    return result
  })
}

// JavaScript calls `post-return`.
function finish(task: Task, core: FlatValue | unknown): unknown {
  const { store } = task
  store.pin()
  const value = task.finish(core)
  store.unpin()
  return value
}

/** `alone` says that no code of a guest is below: it has returned to the event loop meanwhile. */
function whenThere(code: unknown, task: Task, alone: boolean): unknown {
  if (!(code instanceof Promise)) return drive(task, code, alone)
  return code.then((value) => {
    task.store.pinned = 1
    return drive(task, value, true)
  })
}

function drive(task: Task, first: unknown, alone: boolean): unknown {
  const { lift, store, facesHost } = task
  // Without a callback the function is stackful: when it returns, it is over.
  if (lift.callback === undefined) return task.exit()
  let packed = first as number // i32, by the type of the core function
  for (;;) {
    const { code, index } = callbackCode(packed, lift.name)
    if (code === EXIT) return task.exit()
    let event: WaitableEvent | WaitableSet
    if (task.takeCancellation()) event = TASK_CANCELLED
    else if (code === YIELD) {
      // A callback may be too short to cost fuel: a guest could yield for ever and never be asked.
      store.host.admit?.()
      if (facesHost) return giveTurn(task)
      event = NO_EVENT
    } else {
      event = waitableSet(task, index)
      if (!event.ready) return rest(task, event)
    }
    const next = resume(task, event, alone)
    if (next instanceof Promise) return whenThere(next, task, alone)
    packed = next as number
  }
}

// A guest that yields in a loop must not keep timers and sockets from being served.
function giveTurn(task: Task): Promise<unknown> {
  task.store.call?.paused()
  const turn = new Promise<void>((resolve) => setTimeout(resolve, 0))
  return turn.then(() => goOn(task, NO_EVENT))
}

/** Nothing of the guest is on a stack until there is an event: it is memory, globals and handles, and may move. */
function rest(task: Task, set: WaitableSet): Promise<unknown> {
  return task.rest(set).then(() => goOn(task, set))
}

function goOn(task: Task, event: WaitableEvent | WaitableSet): unknown {
  return whenThere(resume(task, task.takeCancellation() ? TASK_CANCELLED : event, true), task, true)
}

/** Calls the callback with an event, or with the next one of a set. */
function resume(task: Task, from: WaitableEvent | WaitableSet, alone: boolean): unknown {
  const { store, lift, facesHost } = task
  if (store.failed) throw store.failure
  task.resume()
  store.host.runs?.(true)
  // The guest's realloc may run for the result that an event brings.
  const event = from instanceof WaitableSet ? (from.poll(store) ?? NO_EVENT) : from
  const code = lift.callbackEntry?.call(event, alone || facesHost)
  store.host.runs?.(false)
  return code
}

function waitableSet(task: Task, index: number): WaitableSet {
  const set = task.state.handles.get(index)
  return set instanceof WaitableSet ? set : trap(`Cannot wait on handle ${index}: no waitable set`)
}
