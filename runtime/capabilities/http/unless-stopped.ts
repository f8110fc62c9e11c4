/**
 * Waits for a driver no longer than its request lasts.
 *
 * A driver should give up when its signal aborts. A driver that does not would keep the invocation, and with it the
 * guest's memory, without end.
 *
 * @module
 */

/** Work that must stop at some time. A signal is made where one is asked for: it takes as long as a small request. */
export interface Stoppable {
  /** Aborted when the work must stop. */
  readonly signal: AbortSignal
  /** Calls `listener` when the work must stop, in place of the listener before. */
  whenStopped(listener: (reason: unknown) => void): void
}

/**
 * Settles with `promise`, or rejects as soon as `work` must stop.
 *
 * @param onLate - called with a value that comes after that
 */
export function unlessStopped<Value>(
  promise: Promise<Value>,
  work: Stoppable,
  onLate?: (value: Value) => void,
): Promise<Value> {
  return new Promise((resolve, reject) => {
    let isLate = false
    work.whenStopped((reason) => {
      isLate = true
      reject(reason as Error)
    })
    promise.then((value) => {
      if (isLate) onLate?.(value)
      else resolve(value)
    }, reject)
  })
}
