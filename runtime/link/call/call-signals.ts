/**
 * Abort signals of calls that a guest does not wait for.
 *
 * One object serves all calls of a store: most functions of the host ask for no signal, and then none is made.
 *
 * @module
 */

import type { CallSignal } from '../host-dispatcher.ts'

/** The signal of the call that is being made. */
export class CallSignals implements CallSignal {
  #controller: AbortController | undefined

  get signal(): AbortSignal {
    return (this.#controller ??= new AbortController()).signal
  }

  /** A call begins. Returns the argument for `end`: one call may be made within another, by a destructor. */
  begin(): AbortController | undefined {
    const before = this.#controller
    this.#controller = undefined
    return before
  }

  /** The function of the host has returned. Returns the controller of its signal, if it asked for that. */
  end(before: AbortController | undefined): AbortController | undefined {
    const controller = this.#controller
    this.#controller = before
    return controller
  }
}
