/**
 * Compares the latest results with the committed baseline: `npm run bench:check`.
 *
 * Only ratios to a contender measured in the same run are compared, and budgets that do not depend on the
 * machine: times of different machines say nothing. A ratio has regressed when it is worse than the baseline's by
 * more than the noise of both, and by more than a tenth.
 *
 * `--write` makes the latest results the baseline.
 *
 * @module
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'
import { PACKAGE_DIRECTORY } from '../host/build/index.ts'
import { BUDGETS } from './budgets.ts'
import { RESULTS_DIRECTORY } from './measure/results.ts'
import { compare, toBaseline, type BaselineLine, type Verdict } from './measure/compare.ts'
import { readResults } from './report/read-results.ts'
import { figure } from './report/table.ts'

const BASELINE = join(RESULTS_DIRECTORY, 'baseline.jsonl')

const MARKS: Readonly<Record<Verdict['state'], string>> = {
  better: '+',
  same: ' ',
  worse: '!',
}

const results = readResults()
const current = toBaseline(results.all)

if (process.argv.includes('--write')) {
  writeFileSync(BASELINE, current.map((line) => `${JSON.stringify(line)}\n`).join(''))
  process.stdout.write(`Wrote ${current.length} ratios to ${BASELINE}\n`)
} else {
  const verdicts = [...compare(readBaseline(), current), ...(await budgets())]
  for (const verdict of verdicts) process.stdout.write(`${textOf(verdict)}\n`)
  const worse = verdicts.filter(({ state }) => state === 'worse').length
  process.stdout.write(`${verdicts.length} compared, ${worse} worse\n`)
  if (worse > 0) process.exitCode = 1
}

function readBaseline(): BaselineLine[] {
  return readFileSync(BASELINE, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as BaselineLine) // Written above
}

async function budgets(): Promise<Verdict[]> {
  const { outputFiles } = await build({
    entryPoints: [join(PACKAGE_DIRECTORY, 'runtime', 'index.ts')],
    bundle: true,
    minify: true,
    write: false,
    format: 'esm',
    platform: 'neutral',
    mainFields: ['module', 'main'],
  })
  const bytes = gzipSync(outputFiles[0]?.contents ?? new Uint8Array()).length
  const found = { runtimeGzipBytes: bytes }
  return BUDGETS.map(({ name, of, atMost }) => ({
    name,
    state: found[of] <= atMost ? 'same' : 'worse',
    before: atMost,
    now: found[of],
  }))
}

function textOf({ name, state, before, now }: Verdict): string {
  return `${MARKS[state]}  ${name}: ${figure(now)} (was ${figure(before)})`
}
