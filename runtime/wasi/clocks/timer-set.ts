/**
 * The timers of one invocation, none of which outlives it.
 *
 * @module
 */
import type { InvocationContext } from '../../host-module/index.ts'
import type { Readiness } from '../io/index.ts'

const NANOS_A_MILLI = 1_000_000n
// Above this, timers fire at once. No invocation lives that long.
const MAX_TIMER_MS = 2 ** 31 - 1

type Timer = ReturnType<typeof setTimeout>

export class TimerSet {
  readonly #timers = new Set<Timer>()

  constructor(context: InvocationContext) {
    context.defer(() => {
      for (const timer of this.#timers) clearTimeout(timer)
      this.#timers.clear()
    })
  }

  /** Ready when `now` has reached `when`. No timer runs until the guest waits. */
  at(when: bigint, now: () => bigint): Readiness {
    const timers = this.#timers
    let waiting: Promise<void> | undefined
    let timer: Timer | undefined

    function wait(): Promise<void> {
      waiting ??= new Promise((resolve) => {
        // Rounded up: a timer may fire a little early, and a coarse clock reads a little late.
        const ms = Number((when - now() + NANOS_A_MILLI - 1n) / NANOS_A_MILLI)
        const started = setTimeout(
          () => {
            timers.delete(started)
            waiting = undefined
            resolve()
          },
          Math.min(Math.max(ms, 1), MAX_TIMER_MS),
        )
        timer = started
        timers.add(started)
      })
      return waiting
    }

    return {
      ready: () => now() >= when,
      wait,
      dispose() {
        if (timer === undefined) return
        clearTimeout(timer)
        timers.delete(timer)
      },
    }
  }
}
