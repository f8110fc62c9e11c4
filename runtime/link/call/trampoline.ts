/**
 * From a body made once a shape to the function one store hands to a core module.
 *
 * @module
 */

import type { FlatValue } from '../../abi/index.ts'
import { abort } from '../stack/abort.ts'
import { explain } from '../explain.ts'
import type { Store } from '../store.ts'
import type { Held } from '../stack/waits.ts'

/** Returns a promise only when the guest must wait; the wait can be ended. */
export type Body = (store: Store, flat: readonly FlatValue[]) => FlatValue | Held | undefined | void

/**
 * Returns `body` for `store` as a function of `count` parameters. Any error of `body` fails the store and unwinds the
 * guest.
 */
export function trampoline(
  store: Store,
  name: string,
  count: number,
  body: Body,
): (...flat: FlatValue[]) => unknown {
  const run = (flat: readonly FlatValue[]): unknown => {
    if (store.failed) abort()
    try {
      return body(store, flat)
    } catch (error) {
      // The first failure is the one that is reported, also when its error is known only later.
      return store.failed ? abort() : store.fail(explain(error, name))
    }
  }
  // A function with rest parameters is called through a slower path than one of the right length.
  switch (count) {
    case 0:
      return () => run([])
    case 1:
      return (a) => run([a as FlatValue]) // A core module passes as many as the type says
    case 2:
      return (a, b) => run([a as FlatValue, b as FlatValue])
    case 3:
      return (a, b, c) => run([a as FlatValue, b as FlatValue, c as FlatValue])
    case 4:
      return (a, b, c, d) => run([a as FlatValue, b as FlatValue, c as FlatValue, d as FlatValue])
    default:
      return (...flat) => run(flat)
  }
}
