/**
 * Result of a host call: a value, the function's own error, or a host failure; synchronous or a promise.
 *
 * @module
 */

import type { FlatValue, Signature } from '../../abi/index.ts'
import type { Callee } from './callee.ts'
import type { Execution } from '../execution.ts'
import { explain } from '../explain.ts'
import type { Scheduler } from '../concurrent/scheduler.ts'
import type { Held } from '../stack/waits.ts'

/** Waits among other tasks: the guest continues in its turn. */
export function parkFor(
  store: Execution,
  scheduler: Scheduler,
  { name, signature }: Callee,
  outcome: PromiseLike<unknown>,
  complete: (value: unknown) => FlatValue | undefined,
): Held {
  const release = scheduler.hold()
  let settled: (() => unknown) | undefined
  const note = (make: () => unknown): void => {
    settled = make
    release()
  }
  store.waits.watch(outcome, {
    fulfilled: (value) => note(() => okOf(signature, value)),
    rejected: (error) => note(() => errorOf(store, signature, error)),
  })
  const take = (): FlatValue | undefined => {
    try {
      return complete(settled?.())
    } catch (error) {
      throw explain(error, name)
    }
  }
  return scheduler.park(() => settled !== undefined, take, { forHost: true })
}

/** The value that is lowered for what the host returned: the ok case, where the function has a `result`. */
export function okOf({ throws }: Signature, value: unknown): unknown {
  return throws ? { tag: 'ok', val: value } : value
}

/** Returns the error case of a `result`, if `error` is one. */
export function errorOf(store: Execution, signature: Signature, error: unknown): unknown {
  return errorCase(signature, error) ?? hostFailure(store, error)
}

/** The same without a failure: nothing when `error` is none of the function's own. */
export function errorCase({ throws }: Signature, error: unknown): unknown {
  if (!throws) return undefined
  if (typeof error === 'object' && error !== null && Object.hasOwn(error, 'payload')) {
    return { tag: 'err', val: (error as { payload: unknown }).payload } // It has one
  }
  return error instanceof Error ? undefined : { tag: 'err', val: error }
}

/** Notes `error` before it unwinds the guest. It reaches the caller unchanged, unlike errors that guests throw. */
function hostFailure(store: Execution, error: unknown): never {
  store.note(error)
  throw error
}

/** Whether the host answers later. */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  return (
    typeof value === 'object' &&
    value !== null &&
    typeof (value as { then?: unknown }).then === 'function'
  )
}
