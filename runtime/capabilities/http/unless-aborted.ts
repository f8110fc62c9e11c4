/**
 * Waits for a driver no longer than its invocation lasts.
 *
 * A driver should give up when its signal aborts. A driver that does not would keep the invocation, and with it the
 * guest's memory, without end.
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
    // Also handles a late rejection, after the caller has stopped waiting.
    promise.then(resolve, reject).then(settled, settled)
  })
}
