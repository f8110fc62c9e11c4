/** The results of all runs, oldest first. @module */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { RESULTS_DIRECTORY, type ResultLine } from '../measure/results.ts'

export interface Results {
  readonly all: readonly ResultLine[]
  /** `all`, and the ratios of earlier commits that are kept in the repository. */
  readonly history: readonly ResultLine[]
  /** The findings of the latest run of a case. A full run is preferred to a quick one. */
  latest(suite: string, name: string): readonly ResultLine[]
}

export function readResults(directory: string = RESULTS_DIRECTORY): Results {
  const files = existsSync(directory)
    ? readdirSync(directory).filter((name) => name.endsWith('.jsonl') && !KEPT.includes(name))
    : []
  return resultsOf(
    files.flatMap((name) => readLines(join(directory, name))),
    readHistory(directory),
  )
}

function readLines(file: string): ResultLine[] {
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as ResultLine) // Written by `appendResults`
}

/** One run of each commit that became the baseline, for `history` of the report. */
export const HISTORY_FILE = 'history.jsonl'
export const BASELINE_FILE = 'baseline.jsonl'
const KEPT: readonly string[] = [HISTORY_FILE, BASELINE_FILE]

export function readHistory(directory: string = RESULTS_DIRECTORY): ResultLine[] {
  const file = join(directory, HISTORY_FILE)
  return existsSync(file) ? readLines(file) : []
}

export function resultsOf(
  lines: readonly ResultLine[],
  history: readonly ResultLine[] = [],
): Results {
  const all = byTime(lines)
  return {
    all,
    history: byTime([...history, ...lines]),
    latest(suite, name) {
      const own = all.filter((line) => line.suite === suite && line.case === name)
      const full = own.filter(({ run }) => !run.quick)
      const among = full.length > 0 ? full : own
      const at = among.at(-1)?.run.at
      return among.filter(({ run }) => run.at === at)
    },
  }
}

function byTime(lines: readonly ResultLine[]): ResultLine[] {
  return lines.toSorted((a, b) => a.run.at.localeCompare(b.run.at))
}
