/**
 * Handles that a guest passes to a built-in: numbers of entries in its table.
 *
 * @module
 */

import { trap, type FlatValue, type InstanceState } from '../../abi/index.ts'
import type { Store } from '../store.ts'

/** Returns the state of `instance`, if it may call `what` now. */
export function leavable(store: Store, instance: number, what: string): InstanceState {
  const state = store.state(instance)
  if (!state.mayLeave) trap(`Cannot call "${what}": realloc and post-return may not call out`)
  return state
}

/** Reads an i32 of a guest as the number of a handle, or as a pointer. */
export function index(value: FlatValue | undefined): number {
  return (value as number) >>> 0 // A core module passes as many i32 as the type says
}

/** `entry`, which the guest calls `handle`, when it is of the kind. */
export function expect<Entry>(
  entry: unknown,
  Class: abstract new (...values: never[]) => Entry,
  handle: FlatValue | undefined,
): Entry {
  return entry instanceof Class ? entry : trap(`Cannot use handle ${handle}: it is of another kind`)
}
