/**
 * A finding of a case: one line of the table, one line of the results.
 *
 * @module
 */
import type { Summary } from './statistics.ts'

export const UNITS = ['µs', 'ms', 'KiB', 'MiB', 'req/s'] as const
export type Unit = (typeof UNITS)[number]

/** A figure issue or README promises. Compared with a quantile of the value or of the ratio. */
export interface Goal {
  readonly on: 'value' | 'ratio'
  readonly quantile: 'p50' | 'p99'
  readonly atMost?: number
  readonly atLeast?: number
}

export interface Finding {
  /** The measure, in words: `fresh state + one call`. */
  readonly measure: string
  /** The subject: `mayfly`, `jco`. */
  readonly subject: string
  /** None of our code runs in it: it is there to compare with. */
  readonly contender?: true
  readonly unit: Unit
  readonly value: Summary
  /** Processor time of the thread, in microseconds, by round: holds on a busy machine. */
  readonly cpu?: Summary | undefined
  readonly ratio?: {
    /** `jco ÷ mayfly`. Where the goal is `atLeast`, a ratio above 1 is good for Mayfly. */
    readonly of: string
    readonly value: Summary
  }
  readonly goal?: Goal
  /** A fact that the reader needs to understand the figure. */
  readonly note?: string
}

/** Whether the goal is met; nothing when there is none. */
export function isMet({ value, ratio, goal }: Finding): boolean | undefined {
  if (goal === undefined) return undefined
  const found = (goal.on === 'value' ? value : ratio?.value)?.[goal.quantile] ?? NaN
  return found <= (goal.atMost ?? Infinity) && found >= (goal.atLeast ?? -Infinity)
}
