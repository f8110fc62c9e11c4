/**
 * Compares the latest results with the committed baseline: `npm run bench:check`.
 *
 * Only ratios to a contender measured in the same run are compared, and budgets that do not depend on the
 * machine: times of different machines say nothing. A ratio has regressed when it is worse than the baseline's by
 * more than the noise of both, and by more than a tenth.
 *
 * `--write` makes the latest results the baseline, and adds them to the history of the report. `--results DIRECTORY` and
 * `--baseline FILE` take others.
 *
 * @module
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'
import { PACKAGE_DIRECTORY } from '../host/toolchain/index.ts'
import { BUDGETS } from './budgets.ts'
import { checkBudgets } from './measure/budget.ts'
import { compare, toBaseline, type BaselineLine, type Verdict } from './measure/compare.ts'
import { RESULTS_DIRECTORY } from './measure/results.ts'
import { isOfHistory, latestOfCommits } from './report/history.ts'
import { BASELINE_FILE, HISTORY_FILE, readHistory, readResults } from './report/read-results.ts'
import { figure } from './report/table.ts'

const MARKS: Readonly<Record<Verdict['state'], string>> = {
  better: '+',
  same: ' ',
  worse: '!',
}

const { values } = parseArgs({
  options: {
    write: { type: 'boolean', default: false },
    results: { type: 'string', default: RESULTS_DIRECTORY },
    baseline: { type: 'string', default: join(RESULTS_DIRECTORY, BASELINE_FILE) },
  },
})
const { all } = readResults(values.results)
const current = toBaseline(all)

if (values.write) {
  writeLines(values.baseline, current)
  writeLines(
    join(values.results, HISTORY_FILE),
    latestOfCommits([...readHistory(values.results), ...all.filter(isOfHistory)]),
  )
  process.stdout.write(`Wrote ${current.length} ratios to ${values.baseline}\n`)
} else if (current.length === 0) {
  process.stderr.write('There are no results to compare: npm run bench\n')
  process.exitCode = 2
} else {
  const budgets = checkBudgets(BUDGETS, { lines: all, bundleKiB: await bundleKiB() })
  const verdicts = [...compare(readBaseline(values.baseline), current), ...budgets]
  for (const verdict of verdicts) process.stdout.write(`${textOf(verdict)}\n`)
  const worse = verdicts.filter(({ state }) => state === 'worse').length
  const missing = BUDGETS.length - budgets.length
  const unmeasured = missing === 0 ? '' : `, ${missing} budgets not measured`
  process.stdout.write(`${verdicts.length} compared, ${worse} worse${unmeasured}\n`)
  if (worse > 0) process.exitCode = 1
}

function writeLines(file: string, lines: readonly object[]): void {
  writeFileSync(file, lines.map((line) => `${JSON.stringify(line)}\n`).join(''))
}

function readBaseline(file: string): BaselineLine[] {
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as BaselineLine) // Written above
}

async function bundleKiB(): Promise<number> {
  const { outputFiles } = await build({
    entryPoints: [join(PACKAGE_DIRECTORY, 'runtime', 'index.ts')],
    bundle: true,
    minify: true,
    write: false,
    format: 'esm',
    platform: 'neutral',
    mainFields: ['module', 'main'],
  })
  return gzipSync(outputFiles[0]?.contents ?? new Uint8Array()).length / 1024
}

function textOf({ name, state, before, bound, now }: Verdict): string {
  return `${MARKS[state]}  ${name}: ${figure(now)} (${bound ?? 'was'} ${figure(before)})`
}
