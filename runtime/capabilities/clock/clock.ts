/**
 * The time, as coarse as the manifest says.
 *
 * Coarse by default: a fine clock is what a guest needs to measure its neighbours through shared caches.
 *
 * @module
 */

import type { Capability, ConfiguredCapability } from '../../capability/index.ts'
import type { Capabilities } from '../../manifest/index.ts'

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
    configure({ grant }): ConfiguredCapability {
      // The manifest's parser has checked the shape.
      const resolution = grant as Capabilities['clock'] | undefined
      const read = resolution === 'fine' ? fine : coarse
      const imports = {
        'mayfly:agent/clock': {
          now: () => read(now()),
          monotonic: () => read(monotonic()),
        },
      }
      return {
        granted: true,
        prepare: () => imports,
        async [Symbol.asyncDispose]() {},
      }
    },
  }
}

function coarse(timeMs: number): number {
  return Math.floor(timeMs)
}

function fine(timeMs: number): number {
  return timeMs
}
