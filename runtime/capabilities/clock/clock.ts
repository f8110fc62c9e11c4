/**
 * The time, in the resolution that the manifest sets.
 *
 * It is coarse by default: a guest needs a fine clock to measure its neighbours through shared caches. It may be
 * fixed for tests and replay: the time of day then stands still. The monotonic clock still runs, or no timer would
 * ever be due; it counts from the start of each invocation.
 *
 * @module
 */

import {
  hostTimer,
  type Capability,
  type ConfiguredModule,
  type Imports,
  type InvocationContext,
  type Timer,
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
  /**
   * Has the time pass that a guest waits for.
   *
   * @default the time of the host
   */
  timer?: Timer
}

export function clock({
  now = () => performance.timeOrigin + performance.now(),
  monotonic = () => performance.now(),
  timer = hostTimer,
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
            ms > 0 ? passed(ms, context, timer) : undefined
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

function passed(
  ms: number,
  { callSignal: signal }: InvocationContext,
  timer: Timer,
): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason)
    const cancel = timer(ms, () => {
      signal.removeEventListener('abort', abort)
      resolve()
    })
    signal.addEventListener('abort', abort)

    // Rejected, not resolved: a guest must not run on after its invocation has ended.
    function abort(): void {
      cancel()
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
