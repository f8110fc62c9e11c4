/**
 * What a function of the host came to: a value, an error of the function, or a failure; at once or later.
 *
 * @module
 */

import type { FlatValue, Signature } from '../abi/index.ts'
import type { Callee } from './lower.ts'
import type { Scheduler } from './scheduler.ts'
import type { Slot } from './slot.ts'
import { explain } from './trampoline.ts'

/** Among other tasks: the guest goes on when it is its turn. */
export function parkFor(
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

/** Waits for the host; what it throws is an error of the function or a failure of the slot. */
export function settle<Result>(
  slot: Slot,
  name: string,
  outcome: PromiseLike<unknown>,
  signature: Signature,
  complete: (value: unknown) => Result,
): Promise<Result> {
  const { epoch } = slot
  const guarded = (make: () => unknown): Result | Promise<never> => {
    // Nobody waits any more, or the call it belongs to is over. The guest must not run again, not even to unwind:
    // it stays suspended and is collected with its stack.
    if (slot.failed || slot.epoch !== epoch || !slot.running) return new Promise(() => {})
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

export function okOf({ throws }: Signature, value: unknown): unknown {
  return throws ? { tag: 'ok', val: value } : value
}

/** The error case of a `result`, when that is what was thrown. */
export function errorOf(slot: Slot, { throws }: Signature, error: unknown): unknown {
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

export function isThenable(value: unknown): value is PromiseLike<unknown> {
  return (
    typeof value === 'object' &&
    value !== null &&
    typeof (value as { then?: unknown }).then === 'function'
  )
}
