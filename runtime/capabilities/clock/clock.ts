/**
 * The time, as coarse as the manifest says.
 *
 * Coarse by default: a fine clock is what a guest needs to measure its neighbours through shared caches.
 *
 * @module
 */

import type { Capability, ConfiguredCapability } from '../../capability/index.ts'

export type ClockGrant = 'coarse' | 'fine' | { readonly resolution: 'coarse' | 'fine' }

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

const COARSE_MS = 1
// What browsers leave to pages that are not isolated from others.
const FINE_MS = 0.1

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
      const granted = grant as ClockGrant | undefined
      const resolution = typeof granted === 'object' ? granted.resolution : granted
      const stepMs = resolution === 'fine' ? FINE_MS : COARSE_MS
      const imports = {
        'mayfly:agent/clock': {
          now: () => floorTo(now(), stepMs),
          monotonic: () => floorTo(monotonic(), stepMs),
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

function floorTo(timeMs: number, stepMs: number): number {
  return Math.floor(timeMs / stepMs) * stepMs
}
