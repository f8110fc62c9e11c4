/**
 * The time, in the resolution that the manifest sets.
 *
 * It is coarse by default: a guest needs a fine clock to measure its neighbours through shared caches. It may be
 * fixed for tests and replay: the time of day then stands still. The monotonic clock still runs, or no timer would
 * ever be due; it counts from the start of each invocation.
 *
 * @module
 */

import type {
  Capability,
  ConfiguredModule,
  Imports,
  InvocationContext,
} from '../../host-module/index.ts'
import type { ClockGrant } from './grant.ts'

export interface ClockOptions {
  /**
   * Milliseconds since 1970. A test or a replay passes its own.
   *
   * @default Date.now with the fraction of performance.now
   */
  now?: () => number
  /**
   * Milliseconds since some moment; never goes back.
   *
   * @default performance.now
   */
  monotonic?: () => number
}

export function clock({
  now = () => performance.timeOrigin + performance.now(),
  monotonic = () => performance.now(),
}: ClockOptions = {}): Capability {
  return {
    name: 'clock',
    interfaces: ['mayfly:agent/clock'],
    suspends: ['mayfly:agent/clock#wait-for'],
    example: '"clock": "fine"',
    configure({ grant }): ConfiguredModule {
      // The manifest's parser has checked the shape.
      const granted = grant as ClockGrant | undefined
      const read = granted === 'fine' ? fine : coarse
      const running = { now: () => read(now()), monotonic: () => read(monotonic()) }
      return {
        granted: true,
        prepare(context) {
          const times = typeof granted === 'object' ? fixed(granted.fixedMs, monotonic) : running
          const waitFor = (ms: number): Promise<void> | undefined =>
            ms > 0 ? passed(ms, context) : undefined
          return { 'mayfly:agent/clock': { ...times, waitFor } }
        },
        async [Symbol.asyncDispose]() {},
      }
    },
  }
}

function fixed(fixedMs: number, monotonic: () => number): Imports[string] {
  const start = monotonic()
  return { now: () => fixedMs, monotonic: () => coarse(monotonic() - start) }
}

// Above this, timers fire at once. No invocation lives that long.
const MAX_TIMER_MS = 2 ** 31 - 1

function passed(ms: number, { callSignal: signal }: InvocationContext): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason)
    const timer = setTimeout(
      () => {
        signal.removeEventListener('abort', abort)
        resolve()
      },
      Math.min(ms, MAX_TIMER_MS),
    )
    signal.addEventListener('abort', abort)

    // Rejected, not resolved: a guest must not run on after its invocation has ended.
    function abort(): void {
      clearTimeout(timer)
      reject(signal.reason)
    }
  })
}

function coarse(timeMs: number): number {
  return Math.floor(timeMs)
}

function fine(timeMs: number): number {
  return timeMs
}
