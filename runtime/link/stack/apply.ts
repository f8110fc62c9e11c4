/**
 * Calls a core function with the values in a list.
 *
 * @module
 */

import type { CoreFunction, FlatValue } from '../../abi/index.ts'

// Spread calls are several times slower than plain ones in V8.
/** Returns the result of `core`, called with `flat`. */
export function apply(core: CoreFunction, flat: readonly FlatValue[]): unknown {
  const [a, b, c, d] = flat as [FlatValue, FlatValue, FlatValue, FlatValue] // As many as the case says
  switch (flat.length) {
    case 0:
      return core()
    case 1:
      return core(a)
    case 2:
      return core(a, b)
    case 3:
      return core(a, b, c)
    case 4:
      return core(a, b, c, d)
    default:
      return core(...flat)
  }
}
