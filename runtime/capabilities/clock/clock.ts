/**
 * The time, in the resolution that the manifest sets.
 *
 * It is coarse by default: a guest needs a fine clock to measure its neighbours through shared caches. It may be
 * fixed for tests and replay: the time of day then stands still. The monotonic clock still runs, or no timer would
 * ever be due; it counts from the start of each invocation.
 *
 * @module
 */

import type { Capability, ConfiguredModule, Imports } from '../../host-module/index.ts'
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
    example: '"clock": "fine"',
    configure({ grant }): ConfiguredModule {
      // The manifest's parser has checked the shape.
      const granted = grant as ClockGrant | undefined
      const read = granted === 'fine' ? fine : coarse
      const running = {
        'mayfly:agent/clock': { now: () => read(now()), monotonic: () => read(monotonic()) },
      }
      return {
        granted: true,
        prepare: () => (typeof granted === 'object' ? fixed(granted.fixedMs, monotonic) : running),
        async [Symbol.asyncDispose]() {},
      }
    },
  }
}

function fixed(fixedMs: number, monotonic: () => number): Imports {
  const start = monotonic()
  return {
    'mayfly:agent/clock': { now: () => fixedMs, monotonic: () => coarse(monotonic() - start) },
  }
}

function coarse(timeMs: number): number {
  return Math.floor(timeMs)
}

function fine(timeMs: number): number {
  return timeMs
}
