/**
 * The tests that Node passes and an agent does not, each with its reason.
 *
 * @module
 */
import { readFileSync, writeFileSync } from 'node:fs'

const FILE = new URL('expected-failures.json', import.meta.url)
const ALL = '*'
/** What a new failure has for a reason until a person writes one. The run fails as long as one is there. */
export const UNEXPLAINED = 'unexplained'

/** Names of tests by the path of their file, by the reason of their failure; `*` is every test of the file. */
type Reasons = Record<string, Record<string, string[]>>

export interface ExpectedFailures {
  /** Why a test fails; `undefined` when it must pass. */
  reasonOf(path: string, test: string): string | undefined
}

export function expectedFailures(): ExpectedFailures {
  const reasons = Object.entries(readReasons())
  return {
    reasonOf: (path, test) =>
      reasons.find(([, files]) => files[path]?.some((name) => name === ALL || name === test))?.[0],
  }
}

/** What a run found out about one test. */
export interface Ran {
  readonly path: string
  readonly test: string
  readonly passed: boolean
}

/** Writes the failures of a run. A failure that was listed keeps its reason, as does a file that was not run. */
export function writeExpectedFailures(ran: readonly Ran[]): void {
  const before = expectedFailures()
  const files = Map.groupBy(ran, ({ path }) => path)
  const written: Reasons = {}
  for (const [reason, listed] of Object.entries(readReasons())) {
    const kept = Object.entries(listed).filter(([path]) => !files.has(path))
    if (kept.length > 0) written[reason] = Object.fromEntries(kept)
  }
  for (const [path, tests] of files) {
    const failed = tests.filter(({ passed }) => !passed)
    const reasons = Map.groupBy(failed, ({ test }) => before.reasonOf(path, test) ?? UNEXPLAINED)
    for (const [reason, those] of reasons) {
      const names = those.length === tests.length ? [ALL] : those.map(({ test }) => test)
      ;(written[reason] ??= {})[path] = names
    }
  }
  writeFileSync(FILE, `${JSON.stringify(written, undefined, 2)}\n`)
}

function readReasons(): Reasons {
  return JSON.parse(readFileSync(FILE, 'utf8')) as Reasons
}
