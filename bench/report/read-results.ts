/** The results of all runs, oldest first. @module */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { RESULTS_DIRECTORY, type ResultLine } from '../measure/results.ts'

export interface Results {
  readonly all: readonly ResultLine[]
  /** What the latest run of a case found. A full run is preferred to a quick one. */
  latest(suite: string, name: string): readonly ResultLine[]
}

export function readResults(directory: string = RESULTS_DIRECTORY): Results {
  const files = existsSync(directory)
    ? readdirSync(directory).filter((name) => name.endsWith('.jsonl') && name !== BASELINE)
    : []
  return resultsOf(files.flatMap((name) => readLines(join(directory, name))))
}

export function readLines(file: string): ResultLine[] {
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as ResultLine) // Written by `appendResults`
}

const BASELINE = 'baseline.jsonl'

export function resultsOf(lines: readonly ResultLine[]): Results {
  const all = lines.toSorted((a, b) => a.run.at.localeCompare(b.run.at))
  return {
    all,
    latest(suite, name) {
      const own = all.filter((line) => line.suite === suite && line.case === name)
      const full = own.filter(({ run }) => !run.quick)
      const among = full.length > 0 ? full : own
      const at = among.at(-1)?.run.at
      return among.filter(({ run }) => run.at === at)
    },
  }
}
