/**
 * The parts of a called function that every flavour of `canon lower` needs.
 *
 * @module
 */

import { trap, type AbiContext, type FlatValue, type Signature } from '../../abi/index.ts'
import type { CompiledContext } from '../compiled.ts'
import type { Store } from '../store.ts'

/** Made once a shape. */
export interface Callee {
  /** For messages. */
  readonly name: string
  readonly signature: Signature
  readonly compiled: CompiledContext
}

/** The context of the caller. Traps when it may not call out now. */
export function open(store: Store, { name, compiled }: Callee): AbiContext {
  const context = store.context(compiled)
  if (!context.state.mayLeave)
    trap(`Cannot call "${name}": realloc and post-return may not call out`)
  return context
}

/** The pointer for a result that travels through memory comes last. */
export function resultPointer(flat: readonly FlatValue[]): number {
  return (flat.at(-1) as number) >>> 0 // A pointer is an i32
}
