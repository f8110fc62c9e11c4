/**
 * `canon lower` of a function of another component, where caller and callee may run side by side.
 *
 * @module
 */

import {
  BorrowScope,
  MAX_FLAT_ASYNC_PARAMS,
  MAX_FLAT_PARAMS,
  trap,
  type FlatValue,
} from '../../abi/index.ts'
import { abort } from '../stack/abort.ts'
import { bind } from '../call/bound-lift.ts'
import { ConcurrentTask } from './concurrent-task.ts'
import { open, resultPointer, type Callee } from '../call/callee.ts'
import type { Scheduler } from './scheduler.ts'
import type { Store } from '../store.ts'
import type { Body } from '../call/trampoline.ts'
import type { Held } from '../stack/waits.ts'
import {
  Subtask,
  SUBTASK_CANCELLED_BEFORE_RETURNED,
  SUBTASK_CANCELLED_BEFORE_STARTED,
  SUBTASK_RETURNED,
  SUBTASK_STARTED,
  SUBTASK_STARTING,
} from './subtask.ts'

/** `index` is that of the lifted function. */
export function concurrentBody(callee: Callee, index: number, isAsync: boolean): Body {
  return (store, flat) => {
    const { task: caller } = store
    const started = start(store, callee, index, flat, isAsync)
    const { paused } = started
    if (paused === undefined) return answer(store, callee, started, isAsync)
    // The callee is paused: its caller stands still with it, and hears afterwards how far it got.
    if (caller !== undefined) caller.suspended = true
    return store.waits.hold(paused, callee.name, () => answer(store, callee, started, isAsync))
  }
}

/** The result of the call, when the callee has given control back. */
function answer(
  store: Store,
  callee: Callee,
  { subtask, result }: Started,
  isAsync: boolean,
): FlatValue | Held | undefined {
  // The callee trapped on a separate stack, which unwound only to here.
  if (store.failed) abort()
  if (subtask.resolved) {
    subtask.deliver()
    return isAsync ? SUBTASK_RETURNED : result()
  }
  if (isAsync) {
    subtask.handle = open(store, callee).state.handles.add(subtask)
    return subtask.state | (subtask.handle << 4)
  }
  return schedulerOf(store).park(
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
  /** Returns the result for a synchronous caller, once the subtask is resolved. */
  result(): FlatValue | undefined
}

function start(
  store: Store,
  callee: Callee,
  index: number,
  flat: readonly FlatValue[],
  isAsync: boolean,
): Started {
  const { name, signature } = callee
  store.host.admit?.()
  const context = open(store, callee)
  const lift = store.plan.lifts[index] ?? trap(`Cannot call "${name}": there is none`)
  const scope = signature.borrows ? new BorrowScope() : undefined
  const subtask = new Subtask(SUBTASK_STARTING, scope)
  const { task: caller } = store
  let core: FlatValue | undefined
  const task = new ConcurrentTask(store, schedulerOf(store), bind(store, lift), {
    from: context.state,
    facesHost: false,
    values() {
      subtask.progress(SUBTASK_STARTED)
      const max = isAsync ? MAX_FLAT_ASYNC_PARAMS : MAX_FLAT_PARAMS
      return signature.liftParams(context.begin(false, scope), flat, max)
    },
    returned(value) {
      // The caller's realloc runs, and may look at the storage of its task.
      const { task: running } = store
      store.task = caller
      context.begin(false, undefined)
      if (isAsync) signature.storeResult(context, value, resultPointer(flat))
      else {
        const pointer = signature.spillsResult ? resultPointer(flat) : 0
        core = signature.lowerResult(context, value, pointer)
      }
      store.task = running
      subtask.progress(SUBTASK_RETURNED)
    },
    cancelled() {
      const started = subtask.state === SUBTASK_STARTED
      subtask.progress(
        started ? SUBTASK_CANCELLED_BEFORE_RETURNED : SUBTASK_CANCELLED_BEFORE_STARTED,
      )
    },
  })
  subtask.onCancel = () => task.cancelFrom(context.state)
  return { subtask, paused: task.begin(), result: () => core }
}

function schedulerOf(store: Store): Scheduler {
  return store.scheduler ?? trap('Cannot call a component from another: the plan has one task')
}
