/**
 * The time, as coarse as the manifest says.
 *
 * Coarse by default: a fine clock is what a guest needs to measure its neighbours through shared caches.
 * Fixed for tests and replay: the time of day stands still. The monotonic clock then counts from the start of
 * each invocation; it has to run, or no timer would ever be due.
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
