/**
 * Built-ins that wait: for events of a waitable set, and for a subtask to end.
 *
 * @module
 */

import { trap } from '../../abi/index.ts'
import { abort } from '../stack/abort.ts'
import { expect, index, leavable } from '../call/guest-handle.ts'
import { Task } from '../call/task.ts'
import type { CoreReference } from '../plan/link-plan.ts'
import type { Store } from '../store.ts'
import { refuseToWait } from '../stack/stack-switching.ts'
import type { Body } from '../call/trampoline.ts'
import type { Held } from '../stack/waits.ts'
import { Subtask } from './subtask.ts'
import { BLOCKED, TASK_CANCELLED, WaitableSet, type WaitableEvent } from './waitable.ts'

/** `subtask.cancel`. With `isAsync` it answers `BLOCKED` where it would have to wait. */
export function cancelBody(instance: number, isAsync: boolean): Body {
  return (store, [handle]) => {
    const { handles } = leavable(store, instance, 'subtask.cancel')
    const subtask = expect(handles.get(index(handle)), Subtask, handle)
    const fault =
      (subtask.over && 'it is over') ||
      (subtask.cancelRequested && 'that was asked for before') ||
      (!isAsync && subtask.set !== undefined && 'it is in a waitable set')
    if (fault) trap(`Cannot cancel subtask ${index(handle)}: ${fault}`)
    if (!subtask.resolved) {
      subtask.cancelRequested = true
      subtask.onCancel?.()
      if (store.failed) abort()
    }
    const take = (): number => subtask.take(store)[2]
    if (subtask.resolved || subtask.ready) return take()
    return isAsync || store.scheduler === undefined
      ? BLOCKED
      : store.scheduler.park(() => subtask.resolved, take)
  }
}

/** `waitable-set.wait`: writes the event to `memory` and returns its code. */
export function waitBody(instance: number, memory: CoreReference, cancellable: boolean): Body {
  return (store, [handle, pointer]) => {
    const { handles } = leavable(store, instance, 'waitable-set.wait')
    const set = expect(handles.get(index(handle)), WaitableSet, handle)
    const { scheduler, task } = store
    if (scheduler !== undefined) {
      if (cancellable && takeCancellation(store)) {
        return storeEvent(store, memory, index(pointer), TASK_CANCELLED)
      }
      const there = set.poll(store)
      if (there !== undefined) return storeEvent(store, memory, index(pointer), there)
      const promise = scheduler.park(
        () => set.ready,
        (cancelled) => {
          set.waiting--
          const event = (cancelled ? undefined : set.poll(store)) ?? TASK_CANCELLED
          return storeEvent(store, memory, index(pointer), event)
        },
        { cancellable },
      )
      set.waiting++
      return promise
    }
    const next = (): number | Held => {
      const event = cancellable && takeCancellation(store) ? TASK_CANCELLED : set.poll(store)
      if (event !== undefined) return storeEvent(store, memory, index(pointer), event)
      const sleep = cancellable && task instanceof Task ? task.sleep(set) : set.sleep()
      if (!store.suspendable) refuseToWait('waitable-set.wait', sleep)
      return store.waits.hold(sleep, 'waitable-set.wait', () => {
        store.task = task
        return next()
      })
    }
    return next()
  }
}

/** Whether the running task was asked to end and has not heard of it: now it has. */
export function takeCancellation({ task }: Store): boolean {
  return task?.takeCancellation() ?? false
}

/** For a task that may go on whenever it is its turn. */
export function always(): boolean {
  return true
}

/** Writes the two values of an event to `pointer` and returns its code. */
export function storeEvent(
  store: Store,
  memory: CoreReference,
  pointer: number,
  [code, first, second]: WaitableEvent,
): number {
  const views = store.memory(store.resolve(memory) as WebAssembly.Memory) // The plan says so
  views.refresh()
  views.claim(pointer, 8, 4)
  views.view.setUint32(pointer, first, true)
  views.view.setUint32(pointer + 4, second, true)
  return code
}
