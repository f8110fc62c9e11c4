/** `wasi:filesystem/types` new-timestamp: what a time of a file is to become. @module */
import type { Datetime } from '../clocks/index.ts'
import { nanosOf } from './file-stat.ts'

const NANOS_A_MILLI = 1_000_000

export type NewTimestamp =
  | { readonly tag: 'no-change' }
  | { readonly tag: 'now' }
  | { readonly tag: 'timestamp'; readonly val: Datetime }

/**
 * The time in nanoseconds since 1970; `undefined` for no change.
 *
 * @param nowMs - milliseconds since 1970
 */
export function timeOf(to: NewTimestamp, nowMs: () => number): bigint | undefined {
  switch (to.tag) {
    case 'no-change':
      return undefined
    case 'now':
      return BigInt(Math.round(nowMs() * NANOS_A_MILLI))
    case 'timestamp':
      return nanosOf(to.val)
  }
}
