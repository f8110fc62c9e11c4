/**
 * `canon lower` of a function of another component, where caller and callee may go on side by side.
 *
 * @module
 */

import {
  BorrowScope,
  MAX_FLAT_ASYNC_PARAMS,
  MAX_FLAT_PARAMS,
  trap,
  type FlatValue,
} from '../abi/index.ts'
import { abort } from './abort.ts'
import { bind } from './bound-lift.ts'
import { ConcurrentTask } from './concurrent-task.ts'
import { open, resultPointer, type Callee } from './lower.ts'
import type { Scheduler } from './scheduler.ts'
import type { Slot } from './store.ts'
import type { Body } from './trampoline.ts'
import type { Held } from './waits.ts'
import {
  Subtask,
  SUBTASK_CANCELLED_BEFORE_RETURNED,
  SUBTASK_CANCELLED_BEFORE_STARTED,
  SUBTASK_RETURNED,
  SUBTASK_STARTED,
  SUBTASK_STARTING,
} from './waitable.ts'

/** `index` is that of the lifted function. */
export function concurrentBody(callee: Callee, index: number, isAsync: boolean): Body {
  return (slot, flat) => {
    const { task: caller } = slot
    const started = start(slot, callee, index, flat, isAsync)
    const { paused } = started
    if (paused === undefined) return answer(slot, callee, started, isAsync)
    // The callee is paused: its caller stands still with it, and hears afterwards how far it got.
    if (caller !== undefined) caller.suspended = true
    return slot.waits.hold(paused, callee.name, () => answer(slot, callee, started, isAsync))
  }
}

/** What the call returns when the callee has given back control. */
function answer(
  slot: Slot,
  callee: Callee,
  { subtask, result }: Started,
  isAsync: boolean,
): FlatValue | Held | undefined {
  // It trapped on a stack of its own, which unwound to here only.
  if (slot.failed) abort()
  if (subtask.resolved) {
    subtask.deliver()
    return isAsync ? SUBTASK_RETURNED : result()
  }
  if (isAsync) {
    subtask.handle = open(slot, callee).state.handles.add(subtask)
    return subtask.state | (subtask.handle << 4)
  }
  return schedulerOf(slot).park(
    () => subtask.resolved,
    () => {
      subtask.deliver()
      return result()
    },
    // A synchronous callee that is not done waits for the host.
    { forHost: !callee.signature.type.async },
  )
}

interface Started {
  readonly subtask: Subtask
  /** Settles when the callee, which was paused, has given back control. */
  readonly paused: Promise<void> | undefined
  /** What a synchronous caller gets, once the subtask is resolved. */
  result(): FlatValue | undefined
}

function start(
  slot: Slot,
  callee: Callee,
  index: number,
  flat: readonly FlatValue[],
  isAsync: boolean,
): Started {
  const { name, signature } = callee
  slot.host.admit?.()
  const context = open(slot, callee)
  const lift = slot.plan.lifts[index] ?? trap(`Cannot call "${name}": there is none`)
  const scope = signature.borrows ? new BorrowScope() : undefined
  const subtask = new Subtask(SUBTASK_STARTING, scope)
  const { task: caller } = slot
  let core: FlatValue | undefined
  const task = new ConcurrentTask(slot, schedulerOf(slot), bind(slot, lift), {
    from: context.state,
    facesHost: false,
    values() {
      subtask.progress(SUBTASK_STARTED)
      const max = isAsync ? MAX_FLAT_ASYNC_PARAMS : MAX_FLAT_PARAMS
      return signature.liftParams(context.begin(false, scope), flat, max)
    },
    returned(value) {
      // The caller's realloc runs, and may look at the storage of its task.
      const { task: running } = slot
      slot.task = caller
      context.begin(false, undefined)
      if (isAsync) signature.storeResult(context, value, resultPointer(flat))
      else {
        const pointer = signature.spillsResult ? resultPointer(flat) : 0
        core = signature.lowerResult(context, value, pointer)
      }
      slot.task = running
      subtask.progress(SUBTASK_RETURNED)
    },
    cancelled() {
      const started = subtask.state === SUBTASK_STARTED
      subtask.progress(
        started ? SUBTASK_CANCELLED_BEFORE_RETURNED : SUBTASK_CANCELLED_BEFORE_STARTED,
      )
    },
  })
  subtask.onCancel = () => task.requestCancellation(context.state)
  return { subtask, paused: task.begin(), result: () => core }
}

function schedulerOf(slot: Slot): Scheduler {
  return slot.scheduler ?? trap('Cannot call a component from another: the plan has one task')
}
