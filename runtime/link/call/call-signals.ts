/**
 * Abort signals of calls that a guest does not wait for. One object serves all calls of a store.
 *
 * @module
 */

import type { Aborter } from '../host-dispatcher.ts'
import { LazySignal } from './lazy-signal.ts'

/** The signal of the call that is being made. */
export class CallSignals extends LazySignal {
  /** A call begins. Returns the argument for `end`: one call may be made within another, by a destructor. */
  begin(): Aborter | undefined {
    const before = this.aborter
    this.aborter = undefined
    return before
  }

  /** The function of the host has returned. Returns what ends its work, if it asked for that. */
  end(before: Aborter | undefined): Aborter | undefined {
    const { aborter } = this
    this.aborter = before
    return aborter
  }
}
