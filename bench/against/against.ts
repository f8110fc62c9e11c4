/**
 * Compares this checkout with another one, case by case and in turn, in one run.
 *
 * A run with its forty rounds takes hours. So it says after each round how far it is, and shows what it has when a signal or
 * the time that its caller gave ends it.
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
import { pairCases, type Pairing } from './cases.ts'
import { listSuites } from './checkout.ts'
import { LOOK_ROUNDS, MAX_ROUNDS } from './decide.ts'
import { reportText, type CaseReport } from './report.ts'
import { runRound, type Checkouts } from './round.ts'
import { runRounds } from './rounds.ts'

export interface AgainstOptions {
  /** The directory of the other checkout, with its packages installed. */
  readonly path: string
  /** Suites, or `suite/case`. None stands for every suite. */
  readonly wanted: readonly string[]
  readonly pace: Pace
  /**
   * Ends the run after this time.
   *
   * @default never
   */
  readonly minutes?: number | undefined
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
export async function against({
  path,
  wanted,
  pace,
  minutes,
  strict,
}: AgainstOptions): Promise<number> {
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
  const reports = await runRounds(pairing.pairs, {
    ...EFFORT[pace],
    signal: endOfRun(minutes),
    run: (pair, options) => runRound(checkouts, pair, options),
    say: (line) => void process.stderr.write(`${line}\n`),
  })
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

/** Aborts at a first Ctrl-C or SIGTERM, or after some minutes. A second Ctrl-C ends the process. */
function endOfRun(minutes: number | undefined): AbortSignal {
  const ending = new AbortController()
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => ending.abort())
  if (minutes !== undefined) setTimeout(() => ending.abort(), minutes * 60_000).unref()
  return ending.signal
}
