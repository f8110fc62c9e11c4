/** @module */
import type { Aborter, CallSignal } from '../host-dispatcher.ts'

/** Makes the signal of one call when the function of the host asks for it. Most ask for none. */
export class LazySignal implements CallSignal {
  /** What ends the work of the host; nothing when it has not asked for that. */
  protected aborter: Aborter | undefined

  get signal(): AbortSignal {
    if (this.aborter instanceof AbortController) return this.aborter.signal
    const controller = new AbortController()
    this.aborter = controller
    return controller.signal
  }

  abortsBy(aborter: Aborter): void {
    this.aborter = aborter
  }
}
