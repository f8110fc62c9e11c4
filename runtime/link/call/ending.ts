/**
 * The end of a call of the host: its value, or the error that its caller gets.
 *
 * @module
 */

import { ComponentError, ValueMismatch, type Signature } from '../../abi/index.ts'
import { isMayflyError, MayflyError } from '../../errors/index.ts'
import type { Execution } from '../execution.ts'

/** The value of a task that ended by `task.cancel`. */
export const CANCELLED: unique symbol = Symbol('cancelled')

/**
 * Returns the value that the guest returned.
 *
 * @throws {ComponentError} It is the error of a `result`
 */
export function resultOf({ throws }: Signature, value: unknown): unknown {
  if (!throws) return value
  const { tag, val } = value as { tag: 'ok' | 'err'; val: unknown } // Its codec made it
  if (tag === 'ok') return val
  throw new ComponentError(val)
}

/** The call of the host has ended in `store`. */
export function leave(store: Execution): void {
  store.running = false
  store.call = undefined
  store.main = undefined
  // Where tasks run beside each other, one that this call leaves behind may take them later.
  if (!store.concurrent) store.calls.end()
}

/** The call of `name` has failed with `error`. Returns the error for its caller. */
export function failureOf(store: Execution, name: string, error: unknown): unknown {
  leave(store)
  if (!store.failed && error instanceof ValueMismatch) return unfit(error, name)
  store.note(error)
  const { failure } = store
  if (isMayflyError(failure) || failure !== error) return failure
  // Guests throw traps, stack overflows and exceptions that no handler of theirs caught.
  const reason = failure instanceof Error ? failure.message : String(failure)
  store.failure = new MayflyError(
    'ERR_GUEST_TRAPPED',
    `Cannot finish call of "${name}": ${reason}`,
    { cause: failure },
  )
  return store.failure
}

function unfit({ path, expected, actual }: ValueMismatch, name: string): MayflyError {
  return new MayflyError(
    'ERR_VALUE_MISMATCH',
    `Cannot pass arguments${path}: expected ${expected}, got ${actual}`,
    { facts: { function: name, path: `arguments${path}` } },
  )
}
