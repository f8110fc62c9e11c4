/**
 * Runs a lifted function: once through when it was lifted without `async`, event by event when with.
 *
 * Returns a value, or a promise when the guest waits. Nothing here allocates a promise for a guest that
 * does not.
 *
 * @module
 */

import { trap, type CoreFunction, type InstanceState } from '../abi/index.ts'
import { apply } from './apply.ts'
import type { BoundLift } from './bound-lift.ts'
import { callbackCode, EXIT, YIELD } from './callback-code.ts'
import { callConcurrently } from './call-concurrently.ts'
import type { Slot } from './slot.ts'
import { Task } from './task.ts'
import { NO_EVENT, WaitableSet, type WaitableEvent } from './waitable.ts'

/** `from` is the instance that calls, when one does. */
export function callLift(
  slot: Slot,
  lift: BoundLift,
  values: readonly unknown[],
  facesHost: boolean,
  from?: InstanceState,
): unknown {
  const { scheduler } = slot
  if (scheduler !== undefined) return callConcurrently(slot, scheduler, lift, values, facesHost)
  const task = new Task(slot, lift, facesHost, from)
  const flat = task.start(values)
  const suspends = slot.suspendable && lift.suspends
  const core = apply(suspends ? lift.promisingCore : lift.core, flat)
  if (lift.isAsync) return whenThere(core, task)
  return core instanceof Promise ? core.then((value) => task.finish(value)) : task.finish(core)
}

function whenThere(code: unknown, task: Task): unknown {
  return code instanceof Promise ? code.then((value) => drive(task, value)) : drive(task, code)
}

function drive(task: Task, first: unknown): unknown {
  const { lift, slot } = task
  // Without a callback the function is stackful: when it returns, it is over.
  if (lift.callback === undefined) return task.exit()
  const callback = slot.suspendable && lift.suspends ? lift.promisingCallback : lift.callback
  let packed = first as number // i32, by the type of the core function
  for (;;) {
    const { code, index } = callbackCode(packed, lift.name)
    if (code === EXIT) return task.exit()
    let event: WaitableEvent | Promise<WaitableEvent>
    if (code === YIELD) {
      // A callback may be too short to cost fuel: a guest could yield for ever and never be asked.
      slot.host.admit?.()
      event = slot.suspendable ? nextTurn() : NO_EVENT
    } else event = waitableSet(task, index).next()
    if (event instanceof Promise) {
      return event.then((arrived) => whenThere(resume(task, callback, arrived), task))
    }
    const next = resume(task, callback, event)
    if (next instanceof Promise) return whenThere(next, task)
    packed = next as number
  }
}

function resume(task: Task, callback: CoreFunction | undefined, event: WaitableEvent): unknown {
  if (task.slot.failed) throw task.slot.failure
  task.resume()
  return callback?.(...event)
}

function waitableSet(task: Task, index: number): WaitableSet {
  const set = task.state.handles.get(index)
  return set instanceof WaitableSet ? set : trap(`Cannot wait on handle ${index}: no waitable set`)
}

// A guest that yields in a loop must not keep timers and sockets from being served.
function nextTurn(): Promise<WaitableEvent> {
  return new Promise((resolve) => setTimeout(resolve, 0, NO_EVENT))
}
