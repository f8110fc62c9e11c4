/** What came of one test of a public suite. @module */

export interface Verdict {
  /** The row of the table. */
  readonly group: string
  readonly test: string
  /** What was wrong, on one line; `undefined` when the test passed. */
  readonly failure: string | undefined
  /** The failure is known, and has a reason that is written down: the run does not fail because of it. @default false */
  readonly expected?: boolean
}

/** The first words of an error, on one line. */
export function firstLine(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error)
  return text.replaceAll(/\s+/g, ' ').slice(0, 200)
}
