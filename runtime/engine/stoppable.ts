/**
 * Waiting that ends as soon as the invocation it is for must stop.
 *
 * @module
 */
import type { Invocation } from './invocation.ts'
import type { TurnLine } from './turn-line.ts'

/** Settles with `value`, or rejects as soon as the invocation must stop: its guest is left to be unwound. */
export function stoppable(value: Promise<unknown>, invocation: Invocation): Promise<unknown> {
  return new Promise((resolve, reject) => {
    // First, so that a guest that traps after it was stopped leaves no rejection that nobody handles.
    value.then(resolve, reject)
    if (invocation.stop !== undefined) return reject(invocation.stop)
    invocation.onStop = reject
  })
}

/**
 * Resolves when a guest of `agent` may begin.
 *
 * @throws why it must stop, or {MayflyError} ERR_POOL_EXHAUSTED when too many wait already
 */
export async function untilOneEnds(
  line: TurnLine,
  agent: object,
  invocation: Invocation,
): Promise<void> {
  invocation.watchDeadline()
  // What another agent waits for must not wait for it.
  while (!invocation.isCalled && line.isFullFor(agent))
    await new Promise<void>((resolve, reject) => {
      const place = line.wait(agent, resolve)
      invocation.onStop = (reason) => {
        line.leave(place)
        reject(reason)
      }
    })
}

/**
 * Resolves when it is `until()`, on the clock of `performance.now()`.
 *
 * @throws why it must stop
 */
export async function untilRested(invocation: Invocation, until: () => number): Promise<void> {
  invocation.watchDeadline()
  for (;;) {
    const ms = until() - performance.now()
    if (ms <= 0) return
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(resolve, ms)
      invocation.onStop = (reason) => {
        clearTimeout(timer)
        reject(reason)
      }
    })
  }
}
