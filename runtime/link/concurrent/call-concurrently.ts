/**
 * Runs a lifted function for the host in a store of several tasks.
 *
 * @module
 */

import { trap } from '../../abi/index.ts'
import type { BoundLift } from '../call/bound-lift.ts'
import { CANCELLED } from '../call/ending.ts'
import { ConcurrentTask } from './concurrent-task.ts'
import type { Scheduler } from './scheduler.ts'
import type { Store } from '../store.ts'

/**
 * Returns the value, or a promise of it when the function waits. The value is ready when the function has ended, or
 * when it has returned and no task can continue.
 */
export function callConcurrently(
  store: Store,
  scheduler: Scheduler,
  lift: BoundLift,
  values: readonly unknown[],
  facesHost: boolean,
): unknown {
  const task = new ConcurrentTask(store, scheduler, lift, {
    from: undefined,
    facesHost,
    values: () => values,
    returned() {},
    cancelled() {
      task.value = CANCELLED
    },
  })
  if (facesHost) store.main = task
  const paused = task.begin()
  if (task.ended) return task.value
  // A start function: nothing runs beside it.
  if (!facesHost) return trap(`Cannot wait for "${lift.name}": it runs while the component starts`)
  return scheduler.run(task, paused)
}
