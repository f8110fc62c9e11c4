/**
 * `canon lower`: component functions as core modules call them.
 *
 * @module
 */

import {
  BorrowScope,
  MAX_FLAT_ASYNC_PARAMS,
  MAX_FLAT_PARAMS,
  ownedIn,
  Signature,
  trap,
  type FlatValue,
} from '../../abi/index.ts'
import { MayflyError } from '../../errors/index.ts'
import { bind } from './bound-lift.ts'
import { open, resultPointer, type Callee } from './callee.ts'
import { errorOf, isThenable, okOf, parkFor } from './host-outcome.ts'
import { HostSubtask, type HostCallee } from './host-subtask.ts'
import { callLift } from './call-lift.ts'
import { concurrentBody } from '../concurrent/concurrent-lower.ts'
import type { PlanContext } from '../compiled.ts'
import type { Aborter } from '../host-dispatcher.ts'
import type { Trampoline } from '../plan/link-plan.ts'
import type { TrampolineMaker } from '../store.ts'
import { refuseToWait } from '../stack/stack-switching.ts'
import { trampoline, type Body } from './trampoline.ts'
import { SUBTASK_RETURNED, SUBTASK_STARTED } from '../concurrent/subtask.ts'

type Lower = Extract<Trampoline, { kind: 'lower' }>

/** Compiles a lowered function: done once a shape. What it returns makes the function of one store. */
export function lowered(plan: PlanContext, { target, type, options }: Lower): TrampolineMaker {
  const signature = new Signature(type, plan.codecs)
  const compiled = plan.context(options)
  const { index } = target
  if (target.kind === 'lift') {
    const callee: Callee = { name: `function ${index}`, signature, compiled }
    const body = plan.concurrent
      ? concurrentBody(callee, index, options.async)
      : componentBody(callee, index)
    const count = options.async ? asyncCoreCount(signature) : coreCount(signature)
    return (store) => trampoline(store, callee.name, count, body)
  }
  const imported = plan.link.imports[index]
  const name = imported?.interface ? `${imported.interface}#${imported.name}` : `${imported?.name}`
  const callee: Callee = { name, signature, compiled }
  if (options.async) {
    const body = asyncImportBody({ ...callee, owned: ownedIn(type.result) }, index)
    return (store) => trampoline(store, name, asyncCoreCount(signature), body)
  }
  const body = importBody(callee, index)
  const count = coreCount(signature)
  return (store) => trampoline(store, name, count, body)
}

function coreCount(signature: Signature): number {
  return signature.flatCount(MAX_FLAT_PARAMS) + (signature.spillsResult ? 1 : 0)
}

function asyncCoreCount(signature: Signature): number {
  return signature.flatCount(MAX_FLAT_ASYNC_PARAMS) + (signature.result ? 1 : 0)
}

function importBody(callee: Callee, index: number): Body {
  const { signature, name } = callee
  return (store, flat) => {
    const context = open(store, callee)
    const scope = signature.borrows ? new BorrowScope() : undefined
    const values = signature.liftParams(context.begin(true, scope), flat, MAX_FLAT_PARAMS)
    const pointer = signature.spillsResult ? resultPointer(flat) : 0
    const complete = (value: unknown): FlatValue | undefined => {
      scope?.end()
      return signature.lowerResult(context.begin(true, undefined), value, pointer)
    }
    let outcome: unknown
    try {
      outcome = store.host.call(index, values)
    } catch (error) {
      return complete(errorOf(store, signature, error))
    }
    if (signature.givesFuture || !isThenable(outcome)) return complete(okOf(signature, outcome))
    if (!store.suspendable || !store.suspending.has(index)) return refuseToWait(name, outcome)
    if (store.scheduler !== undefined)
      return parkFor(store, store.scheduler, callee, outcome, complete)
    const { task } = store
    return store.waits.hold(
      outcome,
      name,
      (value) => {
        store.task = task
        return complete(okOf(signature, value))
      },
      (error) => {
        store.task = task
        return complete(errorOf(store, signature, error))
      },
    )
  }
}

// Each takes some kilobytes of the heap of the host: a promise, a signal, a timer or a socket.
const MAX_CALLS = 4_096

function tooManyCalls(name: string): MayflyError {
  return new MayflyError(
    'ERR_LIMIT_EXCEEDED',
    `Cannot call "${name}": ${MAX_CALLS} calls of the host are under way`,
    { facts: { limit: 'calls' } },
  )
}

function asyncImportBody(callee: HostCallee, index: number): Body {
  const { signature, name } = callee
  return (store, flat) => {
    const context = open(store, callee)
    const scope = signature.borrows ? new BorrowScope() : undefined
    const values = signature.liftParams(context.begin(true, scope), flat, MAX_FLAT_ASYNC_PARAMS)
    const pointer = signature.result === undefined ? 0 : resultPointer(flat)
    const { host, signals } = store
    const complete = (value: unknown): number => {
      signature.storeResult(context.begin(true, undefined), value, pointer)
      scope?.end()
      return SUBTASK_RETURNED
    }
    if (store.calls.size >= MAX_CALLS) throw tooManyCalls(name)
    const before = signals.begin()
    let aborter: Aborter | undefined
    let outcome: unknown
    try {
      outcome = host.call(index, values, signals)
    } catch (error) {
      return complete(errorOf(store, signature, error))
    } finally {
      aborter = signals.end(before)
    }
    if (signature.givesFuture || !isThenable(outcome)) return complete(okOf(signature, outcome))
    const over = store.scheduler?.hold()
    const subtask = new HostSubtask({ callee, pointer, scope, aborter, host, over }, store.calls)
    // First: when the table is full, a rejection must not count as unhandled.
    subtask.follow(outcome)
    subtask.handle = context.state.handles.add(subtask)
    return SUBTASK_STARTED | (subtask.handle << 4)
  }
}

function componentBody(callee: Callee, index: number): Body {
  const { signature, name } = callee
  return (store, flat) => {
    store.host.admit?.()
    const context = open(store, callee)
    const scope = signature.borrows ? new BorrowScope() : undefined
    const lift = bind(
      store,
      store.plan.lifts[index] ?? trap(`Cannot call "${name}": there is none`),
    )
    context.begin(false, scope)
    // Arguments are copied once, from memory to memory: they are lowered before any other code of the caller runs.
    context.lends = store.scheduler === undefined && lift.context.memory !== context.memory
    const values = signature.liftParams(context, flat, MAX_FLAT_PARAMS)
    const pointer = signature.spillsResult ? resultPointer(flat) : 0
    const complete = (value: unknown): FlatValue | undefined => {
      scope?.end()
      return signature.lowerResult(context.begin(false, undefined), value, pointer)
    }
    const { task, stacks } = store
    stacks.begin(index)
    const value = callLift(store, lift, values, false, context.state)
    if (!(value instanceof Promise)) {
      stacks.end(index)
      return complete(value)
    }
    if (!store.suspendable && !store.inTurns) return refuseToWait(lift.name, value)
    return store.waits.hold(value, name, (arrived) => {
      store.task = task
      stacks.end(index)
      return complete(arrived)
    })
  }
}
