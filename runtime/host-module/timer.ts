/** How a capability has time pass. @module */

/** Calls `done` once when `ms` milliseconds have passed, unless the function it returns is called before. */
export type Timer = (ms: number, done: () => void) => () => void

// Above this, timers fire at once. No invocation lives that long.
const MAX_TIMER_MS = 2 ** 31 - 1

/** The time of the host. */
export const hostTimer: Timer = (ms, done) => {
  const timer = setTimeout(done, Math.min(ms, MAX_TIMER_MS))
  return () => clearTimeout(timer)
}
