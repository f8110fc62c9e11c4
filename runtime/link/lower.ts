/**
 * `canon lower`: component functions as core modules call them.
 *
 * @module
 */

import {
  BorrowScope,
  MAX_FLAT_ASYNC_PARAMS,
  MAX_FLAT_PARAMS,
  Signature,
  trap,
  type AbiContext,
  type FlatValue,
} from '../abi/index.ts'
import { MayflyError } from '../errors/index.ts'
import { bind } from './bound-lift.ts'
import { callLift } from './call-lift.ts'
import { concurrentBody } from './concurrent-lower.ts'
import type { CompiledContext, CompiledPlan, TrampolineMaker } from './compile.ts'
import type { Trampoline } from './plan.ts'
import type { Scheduler } from './scheduler.ts'
import type { Slot } from './slot.ts'
import { explain, trampoline, type Body } from './trampoline.ts'
import {
  Subtask,
  SUBTASK_CANCELLED_BEFORE_RETURNED,
  SUBTASK_RETURNED,
  SUBTASK_STARTED,
} from './waitable.ts'

type Lower = Extract<Trampoline, { kind: 'lower' }>

/** What every flavour needs: made once a shape. */
export interface Callee {
  readonly name: string
  readonly signature: Signature
  readonly compiled: CompiledContext
}

export function lowered(plan: CompiledPlan, { target, type, options }: Lower): TrampolineMaker {
  const signature = new Signature(type, plan.codecs)
  const compiled = plan.context(options)
  const { index } = target
  if (target.kind === 'lift') {
    const callee: Callee = { name: `function ${index}`, signature, compiled }
    const body = plan.concurrent
      ? concurrentBody(callee, index, options.async)
      : componentBody(callee, index)
    const count = options.async ? asyncCoreCount(signature) : coreCount(signature)
    return (slot) => trampoline(slot, callee.name, count, body)
  }
  const imported = plan.link.imports[index]
  const name = imported?.interface ? `${imported.interface}#${imported.name}` : `${imported?.name}`
  const callee: Callee = { name, signature, compiled }
  if (options.async) {
    const body = asyncImportBody(callee, index)
    return (slot) => trampoline(slot, name, asyncCoreCount(signature), body)
  }
  const body = importBody(callee, index)
  const count = coreCount(signature)
  return (slot) => trampoline(slot, name, count, body)
}

function coreCount(signature: Signature): number {
  return signature.flatCount(MAX_FLAT_PARAMS) + (signature.spillsResult ? 1 : 0)
}

function asyncCoreCount(signature: Signature): number {
  return signature.flatCount(MAX_FLAT_ASYNC_PARAMS) + (signature.result ? 1 : 0)
}

export function open(slot: Slot, { name, compiled }: Callee): AbiContext {
  const context = slot.context(compiled)
  if (!context.state.mayLeave)
    trap(`Cannot call "${name}": realloc and post-return may not call out`)
  return context
}

/** The pointer for a result that travels through memory comes last. */
export function resultPointer(flat: readonly FlatValue[]): number {
  return (flat.at(-1) as number) >>> 0 // A pointer is an i32
}

function importBody(callee: Callee, index: number): Body {
  const { signature, name } = callee
  return (slot, flat) => {
    const context = open(slot, callee)
    const scope = signature.borrows ? new BorrowScope() : undefined
    const values = signature.liftParams(context.begin(true, scope), flat, MAX_FLAT_PARAMS)
    const pointer = signature.spillsResult ? resultPointer(flat) : 0
    const complete = (value: unknown): FlatValue | undefined => {
      scope?.end()
      return signature.lowerResult(context.begin(true, undefined), value, pointer)
    }
    let outcome: unknown
    try {
      outcome = slot.host.call(index, values)
    } catch (error) {
      return complete(errorOf(slot, signature, error))
    }
    if (!isThenable(outcome)) return complete(okOf(signature, outcome))
    if (!slot.suspendable || !slot.suspending.has(index)) return refuseToWait(name)
    if (slot.scheduler !== undefined)
      return parkFor(slot, slot.scheduler, callee, outcome, complete)
    const { task } = slot
    return settle(slot, name, outcome, signature, (value) => {
      slot.task = task
      return complete(value)
    })
  }
}

/** Among other tasks: the guest goes on when it is its turn. */
function parkFor(
  slot: Slot,
  scheduler: Scheduler,
  { name, signature }: Callee,
  outcome: PromiseLike<unknown>,
  complete: (value: unknown) => FlatValue | undefined,
): Promise<FlatValue | undefined> {
  const release = scheduler.hold()
  let settled: (() => unknown) | undefined
  const note = (make: () => unknown): void => {
    settled = make
    release()
  }
  Promise.resolve(outcome).then(
    (value) => note(() => okOf(signature, value)),
    (error) => note(() => errorOf(slot, signature, error)),
  )
  const take = (): FlatValue | undefined => {
    try {
      return complete(settled?.())
    } catch (error) {
      throw explain(error, name)
    }
  }
  return scheduler.park(() => settled !== undefined, take, { forHost: true })
}

function asyncImportBody(callee: Callee, index: number): Body {
  const { signature, name } = callee
  return (slot, flat) => {
    const context = open(slot, callee)
    const scope = signature.borrows ? new BorrowScope() : undefined
    const values = signature.liftParams(context.begin(true, scope), flat, MAX_FLAT_ASYNC_PARAMS)
    const pointer = signature.result === undefined ? 0 : resultPointer(flat)
    const complete = (value: unknown): void => {
      signature.storeResult(context.begin(true, undefined), value, pointer)
    }
    let outcome: unknown
    try {
      outcome = slot.host.call(index, values)
    } catch (error) {
      complete(errorOf(slot, signature, error))
      scope?.end()
      return SUBTASK_RETURNED
    }
    if (!isThenable(outcome)) {
      complete(okOf(signature, outcome))
      scope?.end()
      return SUBTASK_RETURNED
    }
    const subtask = new Subtask(SUBTASK_STARTED, scope)
    subtask.handle = context.state.handles.add(subtask)
    // The host's result is ignored.
    subtask.onCancel = () => subtask.progress(SUBTASK_CANCELLED_BEFORE_RETURNED)
    const release = slot.scheduler?.hold()
    settle(slot, name, outcome, signature, (value) => {
      if (subtask.resolved) return
      complete(value)
      subtask.progress(SUBTASK_RETURNED)
    })
      .catch((error: unknown) => subtask.reject(error))
      .finally(release)
    return SUBTASK_STARTED | (subtask.handle << 4)
  }
}

function componentBody(callee: Callee, index: number): Body {
  const { signature, name } = callee
  return (slot, flat) => {
    slot.host.admit?.()
    const context = open(slot, callee)
    const scope = signature.borrows ? new BorrowScope() : undefined
    const values = signature.liftParams(context.begin(false, scope), flat, MAX_FLAT_PARAMS)
    const pointer = signature.spillsResult ? resultPointer(flat) : 0
    const complete = (value: unknown): FlatValue | undefined => {
      scope?.end()
      return signature.lowerResult(context.begin(false, undefined), value, pointer)
    }
    const lift = slot.plan.lifts[index] ?? trap(`Cannot call "${name}": there is none`)
    const { task } = slot
    const value = callLift(slot, bind(slot, lift), values, false, context.state)
    if (!(value instanceof Promise)) return complete(value)
    if (!slot.suspendable) return refuseToWait(lift.name)
    return value.then((arrived) => {
      slot.task = task
      return complete(arrived)
    })
  }
}

/** Waits for the host; what it throws is an error of the function or a failure of the slot. */
function settle<Result>(
  slot: Slot,
  name: string,
  outcome: PromiseLike<unknown>,
  signature: Signature,
  complete: (value: unknown) => Result,
): Promise<Result> {
  const { epoch } = slot
  const guarded = (make: () => unknown): Result | Promise<never> => {
    // Nobody waits any more. The guest must not run again, not even to unwind: it stays suspended and is
    // collected with its stack.
    if (slot.failed || slot.epoch !== epoch) return new Promise(() => {})
    try {
      return complete(make())
    } catch (error) {
      return slot.fail(explain(error, name))
    }
  }
  return Promise.resolve(outcome).then(
    (value) => guarded(() => okOf(signature, value)),
    (error) => guarded(() => errorOf(slot, signature, error)),
  )
}

function okOf({ throws }: Signature, value: unknown): unknown {
  return throws ? { tag: 'ok', val: value } : value
}

/** The error case of a `result`, when that is what was thrown. */
function errorOf(slot: Slot, { throws }: Signature, error: unknown): unknown {
  if (!throws) return hostFailure(slot, error)
  if (typeof error === 'object' && error !== null && Object.hasOwn(error, 'payload')) {
    return { tag: 'err', val: (error as { payload: unknown }).payload } // It has one
  }
  if (error instanceof Error) return hostFailure(slot, error)
  return { tag: 'err', val: error }
}

/** Noted before it unwinds the guest: it reaches the caller as it is, other than what guests throw. */
function hostFailure(slot: Slot, error: unknown): never {
  slot.note(error)
  throw error
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return (
    typeof value === 'object' &&
    value !== null &&
    typeof (value as { then?: unknown }).then === 'function'
  )
}

function refuseToWait(name: string): never {
  throw new MayflyError(
    'ERR_GUEST_TRAPPED',
    `Cannot wait for "${name}": the call was not made with callAsync, or the import not linked as suspending`,
  )
}
