/**
 * Runs a lifted function: once through when it was lifted without `async`, event by event when with.
 *
 * Returns a value, or a promise when the guest waits. Nothing here allocates a promise for a guest that
 * does not.
 *
 * @module
 */

import { trap, type CoreFunction, type FlatValue, type InstanceState } from '../abi/index.ts'
import type { BoundLift } from './bound-lift.ts'
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

// What a callback returns: a code in the low four bits, a waitable set in those above.
const EXIT = 0
const YIELD = 1
const WAIT = 2

function drive(task: Task, first: unknown): unknown {
  const { lift, slot } = task
  // Without a callback the function is stackful: when it returns, it is over.
  if (lift.callback === undefined) return task.exit()
  const callback = slot.suspendable && lift.suspends ? lift.promisingCallback : lift.callback
  let code = first as number // i32, by the type of the core function
  for (;;) {
    let event: WaitableEvent | Promise<WaitableEvent>
    switch (code & 0xf) {
      case EXIT:
        return task.exit()
      case YIELD:
        // A callback may be too short to cost fuel: a guest could yield for ever and never be asked.
        slot.host.admit?.()
        event = slot.suspendable ? nextTurn() : NO_EVENT
        break
      case WAIT:
        event = waitableSet(task, code >>> 4).next()
        break
      default:
        return trap(`Cannot resume "${lift.name}": there is no callback code ${code & 0xf}`)
    }
    if (event instanceof Promise) {
      return event.then((arrived) => whenThere(resume(task, callback, arrived), task))
    }
    const next = resume(task, callback, event)
    if (next instanceof Promise) return whenThere(next, task)
    code = next as number
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

// Spread calls are several times slower than plain ones in V8.
export function apply(core: CoreFunction, flat: readonly FlatValue[]): unknown {
  const [a, b, c, d] = flat as [FlatValue, FlatValue, FlatValue, FlatValue] // As many as the case says
  switch (flat.length) {
    case 0:
      return core()
    case 1:
      return core(a)
    case 2:
      return core(a, b)
    case 3:
      return core(a, b, c)
    case 4:
      return core(a, b, c, d)
    default:
      return core(...flat)
  }
}
