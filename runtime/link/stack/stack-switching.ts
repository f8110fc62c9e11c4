/**
 * Suspends the stacks of guests, if the platform has JavaScript Promise Integration (JSPI).
 *
 * Without JSPI a guest runs to its end in one go. Host calls that answer at once work. A call that would make the guest
 * wait ends the guest.
 *
 * @module
 */

import { MayflyError } from '../../errors/index.ts'
import type { CoreFunction, FlatValue } from '../../abi/index.ts'

// Not in TypeScript's library yet.
interface StackSwitching {
  readonly Suspending: new (run: (...flat: FlatValue[]) => unknown) => object
  readonly promising: (core: CoreFunction) => (...flat: FlatValue[]) => Promise<unknown>
}

const platform = WebAssembly as unknown as StackSwitching

/** Undefined on a platform without. */
export const Suspending: StackSwitching['Suspending'] = platform.Suspending

/** Undefined on a platform without. */
export const promising: StackSwitching['promising'] = platform.promising

/** For operators of a platform without. */
export const STACK_SWITCHING_HINT =
  'Use Node 24.20 or newer, or start an older Node 24 with --experimental-wasm-jspi'

/** Whether the platform has JSPI. */
export const HAS_STACK_SWITCHING: boolean =
  typeof Suspending === 'function' && typeof promising === 'function'

/**
 * Ends a guest that would have to wait in a call that cannot be suspended.
 *
 * `promise` is the value it would wait for. Its rejection must not count as unhandled.
 */
export function refuseToWait(name: string, promise?: PromiseLike<unknown>): never {
  promise?.then(undefined, () => {})
  if (HAS_STACK_SWITCHING) {
    throw new MayflyError(
      'ERR_GUEST_TRAPPED',
      `Cannot wait for "${name}": the call was not made with callAsync, or the import not linked as suspending`,
    )
  }
  throw new MayflyError(
    'ERR_GUEST_TRAPPED',
    `Cannot wait for "${name}": this platform lacks WebAssembly stack switching (JSPI)`,
    { hint: STACK_SWITCHING_HINT },
  )
}
