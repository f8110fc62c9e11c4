/**
 * Waiting that ends as soon as the invocation it is for must stop.
 *
 * @module
 */
import type { Invocation } from './invocation.ts'

/** Settles with `value`, or rejects as soon as the invocation must stop: its guest is left to be unwound. */
export function stoppable(value: Promise<unknown>, invocation: Invocation): Promise<unknown> {
  return new Promise((resolve, reject) => {
    // First, so that a guest that traps after it was stopped leaves no unhandled rejection.
    value.then(resolve, reject)
    if (invocation.stop !== undefined) return reject(invocation.stop)
    invocation.onStop = reject
  })
}
