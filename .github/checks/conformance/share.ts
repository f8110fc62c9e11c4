/** The share of a suite that has to pass. @module */
import type { Verdict } from './verdict.ts'

/** Some groups of a suite, of whose tests a share has to pass. */
export interface RequiredShare {
  readonly name: string
  includes(group: string): boolean
  /** From 0 to 1. */
  readonly least: number
}

export interface Share {
  /** The numbers, on one line. */
  readonly line: string
  readonly isReached: boolean
}

/** Counts the tests of `required`. The share of none is not reached. */
export function shareOf(verdicts: readonly Verdict[], required: RequiredShare): Share {
  const counted = verdicts.filter(({ group }) => required.includes(group))
  const passed = counted.filter(({ failure }) => failure === undefined).length
  const isReached = counted.length > 0 && passed >= counted.length * required.least
  // Rounded down, so that what is not reached does not look as if it were.
  const percent = Math.floor((passed / Math.max(counted.length, 1)) * 1000) / 10
  const numbers = `${passed} of ${counted.length} (${percent} %, at least ${required.least * 100} %)`
  return { line: `${required.name}: ${numbers}`, isReached }
}
