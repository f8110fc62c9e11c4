/**
 * Compares this checkout with another one, case by case and in turn, in one run.
 *
 * Each round looks at every case that is still open, so that the rounds of a case are spread over the run.
 *
 * @module
 */
import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { BENCH_DIRECTORY } from '../install.ts'
import type { InterleaveOptions } from '../measure/interleave.ts'
import { commitOf, machine, machineText } from '../measure/machine.ts'
import { measureNoise, noiseText } from '../measure/noise.ts'
import type { Pace } from '../suites/suite.ts'
import { pairCases, type CasePair, type Pairing } from './cases.ts'
import { listSuites } from './checkout.ts'
import { LOOK_ROUNDS, MAX_ROUNDS } from './decide.ts'
import { reportText, type CaseReport } from './report.ts'
import { runRound, type Checkouts } from './round.ts'
import { CaseRows } from './rows.ts'

export interface AgainstOptions {
  /** The directory of the other checkout, with its packages installed. */
  readonly path: string
  /** Suites, or `suite/case`. None stands for every suite. */
  readonly wanted: readonly string[]
  readonly pace: Pace
  /** Refuse to measure on a noisy machine. */
  readonly strict: boolean
}

interface Effort {
  readonly rounds: number
  /** For each process of a round. */
  readonly sampling: InterleaveOptions
}

// Many short turns: the speed of a shared machine changes within tens of milliseconds.
const EFFORT: Readonly<Record<Pace, Effort>> = {
  full: { rounds: MAX_ROUNDS, sampling: { rounds: 16, batchMs: 5, warmUpMs: 200 } },
  quick: { rounds: LOOK_ROUNDS, sampling: { rounds: 8, batchMs: 4, warmUpMs: 80 } },
  smoke: { rounds: 1, sampling: { rounds: 2, batchMs: 1, warmUpMs: 1 } },
}

/**
 * @returns the exit code: 1 when a row is worse or a case failed, 2 when there is nothing to compare, 3 when the
 * machine is too busy
 */
export async function against({ path, wanted, pace, strict }: AgainstOptions): Promise<number> {
  const checkouts: Checkouts = { here: resolve(BENCH_DIRECTORY, '..'), there: resolve(path) }
  let pairing: Pairing
  try {
    pairing = await pairingOf(checkouts, wanted)
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
    return 2
  }
  const noise = measureNoise()
  if (!noise.quiet) {
    process.stderr.write(`${noiseText(noise)}\n`)
    if (strict) return 3
  }
  const reports = await compareAll(checkouts, pairing.pairs, EFFORT[pace])
  process.stdout.write(
    [
      machineText(machine()),
      `this checkout (${commitOf(checkouts.here)}) against ${path} (${commitOf(checkouts.there)})`,
      // Figures of a smoke test are none.
      reportText(reports, { remarks: pairing.remarks, figures: pace !== 'smoke' }),
      '',
    ].join('\n'),
  )
  const isBad = ({ failed, rows }: CaseReport): boolean =>
    failed !== undefined || rows.rows.some(({ state }) => state === 'worse')
  return reports.some(isBad) ? 1 : 0
}

/** @throws {Error} when there is nothing to compare with, or nothing is wanted that can be compared */
async function pairingOf({ here, there }: Checkouts, wanted: readonly string[]): Promise<Pairing> {
  if (!existsSync(join(there, 'bench', 'suites', 'index.ts'))) {
    throw new Error(
      `Cannot compare with "${there}": it is no checkout of Mayfly, bench/suites is not there`,
    )
  }
  const own = await listSuites(here)
  const other = await listSuites(there).catch((error: unknown) => {
    throw new Error(`Cannot compare with "${there}": ${String(error)}`, { cause: error })
  })
  const pairing = pairCases(wanted, own, other)
  if (pairing.pairs.length > 0) return pairing
  const reasons = [`Cannot compare with "${there}": no case can be run in both`, ...pairing.remarks]
  throw new Error(reasons.join('\n'))
}

async function compareAll(
  checkouts: Checkouts,
  pairs: readonly CasePair[],
  { rounds, sampling }: Effort,
): Promise<CaseReport[]> {
  const reports = pairs.map(({ here: { suite, name } }): CaseReport => ({
    name: `${suite}/${name}`,
    rows: new CaseRows(),
    skipped: new Set(),
    failed: undefined,
  }))
  for (let round = 1; round <= rounds; round++) {
    for (const [index, report] of reports.entries()) {
      const pair = pairs[index]
      const isDone = report.failed !== undefined || (round > 1 && report.rows.isDecided)
      if (pair === undefined || isDone) continue
      try {
        const found = await runRound(checkouts, pair, { sampling, otherFirst: round % 2 === 0 })
        for (const reason of found.skipped) report.skipped.add(reason)
        report.rows.add(found)
        report.rows.look(round, rounds)
      } catch (error) {
        report.failed = error instanceof Error ? error.message : String(error)
      }
    }
    sayRound(round, rounds, reports)
  }
  return reports
}

/** One line that is written over, where a person looks at it. */
function sayRound(round: number, rounds: number, reports: readonly CaseReport[]): void {
  if (!process.stderr.isTTY) return
  const open = reports.flatMap(({ rows }) => rows.rows).filter(({ state }) => state === undefined)
  const end = open.length === 0 || round === rounds ? '\n' : ''
  process.stderr.write(`\r round ${round} of at most ${rounds}, ${open.length} rows open  ${end}`)
}
