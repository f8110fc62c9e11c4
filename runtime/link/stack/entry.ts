/**
 * How the code of a lifted function is entered: plainly, or on a stack that can be suspended.
 *
 * @module
 */

import type { CoreFunction, FlatValue } from '../../abi/index.ts'
import { apply } from './apply.ts'
import type { Execution } from '../execution.ts'
import type { CoreType } from './landing.ts'
import { OwnStack } from './own-stack.ts'
import { promising } from './stack-switching.ts'

/** What is entered, and what is known of it. */
export interface EntryOptions {
  /** For messages. */
  readonly name: string
  readonly type: CoreType
  readonly core: CoreFunction
  /** Whether something it reaches may suspend. */
  readonly suspends: boolean
  /** Whether it may compute for long. */
  readonly long: boolean
}

/** The way into one core function of one store. */
export class Entry {
  readonly #store: Execution
  readonly #options: EntryOptions
  #stack: OwnStack | undefined
  #promising: CoreFunction | undefined

  constructor(store: Execution, options: EntryOptions) {
    this.#store = store
    this.#options = options
  }

  /**
   * Returns the result, or a promise of it when the guest waits or may have to.
   *
   * `alone` says that no code of a guest is below. Else the caller's stack is suspended with this one, which
   * cannot be where JavaScript stands between.
   */
  call(flat: readonly FlatValue[], alone: boolean): unknown {
    const store = this.#store
    const { core, suspends, long } = this.#options
    if (!alone && store.pinned > 0) return apply(core, flat)
    const waits = suspends && store.suspendable
    if (waits && alone) {
      store.surface()
      return apply((this.#promising ??= promising(core)), flat)
    }
    if (waits || (long && store.inTurns)) return this.#onStack().call(flat, !alone)
    if (alone) return apply(core, flat)
    store.pin()
    const result = apply(core, flat)
    store.unpin()
    return result
  }

  #onStack(): OwnStack {
    const { name, type, core } = this.#options
    return (this.#stack ??= new OwnStack(this.#store, name, type, core))
  }
}
