/**
 * Waits for a driver no longer than its invocation lasts.
 *
 * A driver should give up when its signal aborts. One that does not would keep the invocation, and with it the
 * guest's memory, for as long as it likes.
 *
 * @module
 */

/** Settles with `promise`, or rejects with the reason of `signal` as soon as that aborts. */
export function unlessAborted<Value>(promise: Promise<Value>, signal: AbortSignal): Promise<Value> {
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(signal.reason as Error)
    if (signal.aborted) abort()
    else signal.addEventListener('abort', abort)
    const settled = (): void => signal.removeEventListener('abort', abort)
    // Also where nobody waits any more: a late rejection is nobody's.
    promise.then(resolve, reject).then(settled, settled)
  })
}
