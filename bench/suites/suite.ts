/**
 * The contract of a suite: a list of cases, each of which runs in a separate process.
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
  /** Reports a part that was left out, with the reason. */
  skip(reason: string): void
}

export interface Case {
  readonly name: string
  /**
   * Whether the case can compare two checkouts. It cannot if it times other processes or contenders, if it times
   * nothing, or if a finding may be zero, which has no ratio.
   *
   * @default true
   */
  readonly against?: boolean
  /**
   * Measures. First it compares the answer of each subject with the expected one: a wrong answer throws.
   */
  run(context: CaseContext): Promise<Finding[]>
}

/** Something cannot run here: a contender is not installed, a program is not there. */
export class Skipped extends Error {
  override readonly name: string = 'Skipped'
}
