/**
 * Runs the rounds of all cases of a comparison, until each row is decided, or the time is over.
 *
 * Each round looks at every case that is still open, so that the rounds of a case are spread over the run, and what was
 * measured before it was ended is there for all of them.
 *
 * @module
 */
import type { InterleaveOptions } from '../measure/interleave.ts'
import type { CasePair } from './cases.ts'
import type { CaseReport } from './report.ts'
import type { Round, RoundOptions } from './round.ts'
import { CaseRows } from './rows.ts'

export interface RoundsOptions {
  /** The most there are. */
  readonly rounds: number
  /** For each process of a round. */
  readonly sampling: InterleaveOptions
  /** Ends the run: rows that are open are decided by the rounds they have. */
  readonly signal: AbortSignal
  /** @throws {Error} when the case fails in one of the checkouts */
  readonly run: (pair: CasePair, options: RoundOptions) => Promise<Round>
  /** Takes a line for each round. */
  readonly say: (line: string) => void
}

export async function runRounds(
  pairs: readonly CasePair[],
  { rounds, sampling, signal, run, say }: RoundsOptions,
): Promise<CaseReport[]> {
  const reports = pairs.map(({ here: { suite, name } }): CaseReport => ({
    name: `${suite}/${name}`,
    rows: new CaseRows(),
    skipped: new Set(),
    failed: undefined,
  }))
  const startedAt = performance.now()
  for (let round = 1; round <= rounds && !signal.aborted; round++) {
    const tookMs = new Map<string, number>()
    for (const [index, report] of reports.entries()) {
      const pair = pairs[index]
      const isDone = report.failed !== undefined || (round > 1 && report.rows.isDecided)
      if (pair === undefined || isDone || signal.aborted) continue
      const caseAt = performance.now()
      try {
        const found = await run(pair, { sampling, otherFirst: round % 2 === 0, signal })
        for (const reason of found.skipped) report.skipped.add(reason)
        report.rows.add(found)
        report.rows.look(round, rounds)
      } catch (error) {
        // A signal of the terminal ends the processes of the round as well.
        if (!signal.aborted) report.failed = error instanceof Error ? error.message : String(error)
      }
      tookMs.set(report.name, performance.now() - caseAt)
    }
    say(lineOf({ round, rounds, open: openRows(reports), startedAt, tookMs }))
    if (reports.every(({ failed, rows: own }) => failed !== undefined || own.isDecided)) break
  }
  // After the last round nothing is open any more.
  for (const { rows: own } of reports) own.look(rounds, rounds)
  return reports
}

function openRows(reports: readonly CaseReport[]): number {
  return reports.flatMap(({ rows }) => rows.rows).filter(({ state }) => state === undefined).length
}

interface RoundFacts {
  readonly round: number
  readonly rounds: number
  readonly open: number
  /** As `performance.now` has it. */
  readonly startedAt: number
  /** Of the cases that were run. */
  readonly tookMs: ReadonlyMap<string, number>
}

function lineOf({ round, rounds, open, startedAt, tookMs }: RoundFacts): string {
  const [longest] = [...tookMs].toSorted(([, one], [, other]) => other - one)
  const total = (performance.now() - startedAt) / 1000
  const by = longest === undefined ? '' : `, longest ${longest[0]} ${seconds(longest[1])}`
  return `round ${round} of at most ${rounds}: ${open} rows open, ${tookMs.size} cases${by}, ${total.toFixed(0)} s in all`
}

function seconds(milliseconds: number): string {
  return `${(milliseconds / 1000).toFixed(1)} s`
}
