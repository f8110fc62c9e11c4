/**
 * Calls a core function on a separate stack, which can be suspended wherever the guest is.
 *
 * When nothing suspended, a landing brings the result at once. Otherwise the caller gets a promise of it.
 *
 * @module
 */

import type { CoreFunction, FlatValue } from '../../abi/index.ts'
import { abort } from './abort.ts'
import { apply } from './apply.ts'
import type { Execution } from '../execution.ts'
import { explain } from '../explain.ts'
import { landing, type CoreType } from './landing.ts'

/** A core function of one store, called on a new stack each time. */
export class OwnStack {
  readonly #store: Execution
  readonly #name: string
  readonly #enter: CoreFunction
  #landed = false
  #result: unknown

  /** `name` is for messages. */
  constructor(store: Execution, name: string, type: CoreType, core: CoreFunction) {
    this.#store = store
    this.#name = name
    this.#enter = landing(type, core, (result) => {
      this.#landed = true
      this.#result = result
    }) as unknown as CoreFunction // Its result is the landing's promise
  }

  /**
   * Returns the result, or a promise of it when the guest was suspended.
   *
   * `nested` says that another guest's code called: a trap must unwind that as well, and at once. For the host
   * a trap is a promise that is rejected.
   */
  call(flat: readonly FlatValue[], nested: boolean): unknown {
    const store = this.#store
    const { pinned } = store
    const begun = store.waits.begun
    this.#landed = false
    store.surface()
    const promise = apply(this.#enter, flat) as Promise<unknown>
    store.pinned = pinned
    if (this.#landed) return this.#take()
    if (nested && store.waits.begun === begun) {
      // It trapped: the promise brings the error.
      promise.catch((error: unknown) => store.note(explain(error, this.#name)))
      store.trapped()
      abort()
    }
    return promise.then(() => this.#take())
  }

  #take(): unknown {
    const result = this.#result
    this.#result = undefined
    return result
  }
}
