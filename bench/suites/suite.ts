/**
 * What a suite is: cases, each of which runs in a process of its own.
 *
 * @module
 */
import type { InterleaveOptions } from '../measure/interleave.ts'
import type { Finding } from '../measure/result.ts'

/** How much is measured: for the record, for a look, or only to see that everything runs and answers alike. */
export const PACES = ['full', 'quick', 'smoke'] as const
export type Pace = (typeof PACES)[number]

export interface CaseContext {
  /** Measure less: the pace is not `full`. */
  readonly quick: boolean
  /** Rounds and times for `interleave`. */
  readonly sampling: InterleaveOptions
  /** Says how much of the case is done, 0 to 1. */
  progress(share: number): void
  /** Says what was left out, and why. */
  skip(reason: string): void
}

export interface Case {
  readonly name: string
  /**
   * Whether two checkouts are compared by it. Not where other processes or contenders are timed, where nothing is,
   * and where what is found may be zero, which has no ratio.
   *
   * @default true
   */
  readonly against?: boolean
  /**
   * Measures. What a subject answers is compared with what it should answer first: a wrong answer throws.
   */
  run(context: CaseContext): Promise<Finding[]>
}

/** Something cannot run here: a contender is not installed, a program is not there. */
export class Skipped extends Error {
  override readonly name: string = 'Skipped'
}
