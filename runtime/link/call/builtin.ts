/**
 * Canonical built-ins: resources, and the part of component-model async that async exports need.
 *
 * @module
 */

import {
  ErrorContext,
  MAX_FLAT_PARAMS,
  ResourceHandle,
  trap,
  type BorrowScope,
} from '../../abi/index.ts'
import { MayflyError } from '../../errors/index.ts'
import type { PlanContext } from '../compiled.ts'
import type { Trampoline } from '../plan/link-plan.ts'
import type { RunningTask } from './running-task.ts'
import type { Store, TrampolineMaker } from '../store.ts'
import { trampoline, type Body } from './trampoline.ts'
import { expect, index, leavable } from './guest-handle.ts'
import {
  always,
  cancelBody,
  storeEvent,
  takeCancellation,
  waitBody,
} from '../concurrent/wait-builtin.ts'
import { Subtask } from '../concurrent/subtask.ts'
import { NO_EVENT, TASK_CANCELLED, Waitable, WaitableSet } from '../concurrent/waitable.ts'
import { endBuiltin } from '../stream/end-builtin.ts'
import { debugMessage, newErrorContext } from '../stream/error-context-builtin.ts'

type Builtin = Exclude<Trampoline, { kind: 'lower' }>

// The counter of the canonical ABI has 16 bits.
const MAX_BACKPRESSURE = 0xffff

/** Compiles a built-in: done once a shape. What it returns makes the function of one store. */
export function builtin(plan: PlanContext, definition: Builtin): TrampolineMaker {
  const { kind } = definition
  const make = (count: number, body: Body): TrampolineMaker => {
    return (store) => trampoline(store, kind, count, body)
  }
  switch (definition.kind) {
    case 'resource.new': {
      const { resource, instance } = definition
      return make(1, (store, [rep]) => {
        const { handles } = leavable(store, instance, kind)
        return handles.add(new ResourceHandle(resource, (rep as number) | 0, true)) // i32
      })
    }
    case 'resource.rep': {
      const { resource, instance } = definition
      return make(1, (store, [handle]) => {
        // Defined by this component: an i32.
        return store.state(instance).handles.resource(index(handle), resource).rep as number
      })
    }
    case 'resource.drop': {
      const { resource, instance } = definition
      return make(1, (store, [handle]) => dropResource(store, resource, instance, index(handle)))
    }
    case 'task.return': {
      const codec = definition.result && plan.codecs.get(definition.result)
      const compiled = plan.context(definition.options)
      const { length } = codec?.flat ?? []
      return make(length > MAX_FLAT_PARAMS ? 1 : length, (store, flat) => {
        leavable(store, definition.options.instance, kind)
        runningTask(store).resolve(codec, store.context(compiled), flat)
      })
    }
    case 'context.get':
      return make(0, (store) => storage(store)[definition.slot] ?? 0)
    case 'context.set':
      return make(1, (store, [value]) => {
        storage(store)[definition.slot] = value as number // i32
      })
    case 'backpressure.set':
      return make(1, (store, [on]) => {
        store.state(definition.instance).backpressure = on === 0 ? 0 : 1
      })
    case 'backpressure.inc':
    case 'backpressure.dec': {
      const step = kind === 'backpressure.inc' ? 1 : -1
      return make(0, (store) => {
        const state = store.state(definition.instance)
        state.backpressure += step
        if (state.backpressure < 0 || state.backpressure > MAX_BACKPRESSURE) {
          trap(`Cannot run ${kind}: the counter is out of range`)
        }
      })
    }
    case 'yield':
      return make(0, (store) => {
        leavable(store, definition.instance, kind)
        const { scheduler, task, suspendable } = store
        const { cancellable = false } = definition
        if (scheduler === undefined) return cancellable && takeCancellation(store) ? 1 : 0
        // With one task there is no other to yield to. A synchronous function does not wait for others.
        if (task?.scheduled?.mayBlock !== true || !suspendable) return 0
        return scheduler.park(always, (cancelled) => (cancelled ? 1 : 0), { cancellable })
      })
    case 'task.cancel':
      return make(0, (store) => {
        leavable(store, definition.instance, kind)
        runningTask(store).cancel()
      })
    case 'subtask.cancel':
      return make(1, cancelBody(definition.instance, definition.async === true))
    case 'subtask.drop':
      return make(1, (store, [handle]) => {
        const { handles } = leavable(store, definition.instance, kind)
        const subtask = expect(handles.get(index(handle)), Subtask, handle)
        if (!subtask.over) trap(`Cannot drop subtask ${index(handle)}: it is running`)
        subtask.join(undefined)
        handles.remove(index(handle))
      })
    case 'waitable-set.new':
      return make(0, (store) =>
        leavable(store, definition.instance, kind).handles.add(new WaitableSet()),
      )
    case 'waitable-set.drop':
      return make(1, (store, [handle]) => {
        const { handles } = leavable(store, definition.instance, kind)
        const set = expect(handles.get(index(handle)), WaitableSet, handle)
        if (set.members > 0 || set.waiting > 0) {
          trap(`Cannot drop waitable set ${index(handle)}: it is in use`)
        }
        handles.remove(index(handle))
      })
    case 'waitable.join':
      return make(2, (store, [waitable, set]) => {
        const { handles } = leavable(store, definition.instance, kind)
        const member = expect(handles.get(index(waitable)), Waitable, waitable)
        if (member.awaited) trap(`Cannot move handle ${index(waitable)}: a call waits for it`)
        member.join(set === 0 ? undefined : expect(handles.get(index(set)), WaitableSet, set))
      })
    case 'waitable-set.poll': {
      const { instance, memory } = definition
      return make(2, (store, [handle, pointer]) => {
        const { handles } = leavable(store, instance, kind)
        const set = expect(handles.get(index(handle)), WaitableSet, handle)
        const isCancelled = definition.cancellable === true && takeCancellation(store)
        const event = isCancelled ? TASK_CANCELLED : (set.poll(store) ?? NO_EVENT)
        return storeEvent(store, memory, index(pointer), event)
      })
    }
    case 'waitable-set.wait': {
      const { instance, memory, cancellable = false } = definition
      return make(2, waitBody(instance, memory, cancellable))
    }
    case 'stream':
    case 'future': {
      const { name, count, body } = endBuiltin(plan, definition)
      return (store) => trampoline(store, name, count, body)
    }
    case 'error-context.new':
      return make(2, newErrorContext(plan, definition.options))
    case 'error-context.debug-message':
      return make(2, debugMessage(plan, definition.options))
    case 'error-context.drop':
      return make(1, (store, [handle]) => {
        const { handles } = leavable(store, definition.instance, kind)
        const context = expect(handles.get(index(handle)), ErrorContext, handle)
        handles.remove(index(handle))
        context.dropped(store.host)
      })
    case 'unsupported':
      return make(MAX_FLAT_PARAMS, (store) => {
        leavable(store, definition.instance, definition.builtin)
        throw new MayflyError(
          'ERR_COMPONENT_UNSUPPORTED',
          `Cannot call "${definition.builtin}": not supported by this linker`,
        )
      })
  }
}

function dropResource(store: Store, resource: number, instance: number, handle: number): void {
  const state = leavable(store, instance, 'resource.drop')
  const entry = state.handles.resource(handle, resource)
  if (entry.lends > 0) trap(`Cannot drop handle ${handle}: it is lent to a running call`)
  state.handles.remove(handle)
  if (!entry.own)
    (entry.scope as BorrowScope).borrows-- // A borrow has one
  else if (store.implementer(resource) === undefined) store.dropFromGuest(resource, entry.rep)
  else store.destroy(resource, entry.rep as number, state) // Defined: an i32
}

// Start functions and destructors run outside of every task.
function storage(store: Store): number[] {
  return store.task?.storage ?? store.storage
}

function runningTask(store: Store): RunningTask {
  return store.task ?? trap('Cannot use the running task: there is none')
}
