/**
 * Runs a public test suite, as it is, against the runtime, and prints a table:
 *
 *     npm run conformance -- wasi-testsuite --checkout PATH
 *     npm run conformance -- component-model --checkout PATH
 *     npm run conformance -- jco-fixtures --checkout PATH
 *     npm run conformance -- wpt --checkout PATH [--update]
 *
 * PATH is a checkout of the suite: nothing is fetched. `--only TEXT` runs the tests with TEXT in their name. The tables
 * of the last run are in `.github/CONFORMANCE.md`. `--update` writes the list of failures that `wpt` expects.
 *
 * Exit codes: 0, 1 when a test failed that must pass, when one passes that is listed as a failure, or when a share of all
 * tests is not reached, 2 when used wrongly.
 *
 * @module
 */
import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { runComponentModel } from './conformance/component-model.ts'
import { runJcoFixtures } from './conformance/jco-fixtures.ts'
import { shareOf } from './conformance/share.ts'
import type { Verdict } from './conformance/verdict.ts'
import { tableOf } from './conformance/table.ts'
import { runWasiTestsuite } from './conformance/wasi-testsuite.ts'
import { runWebPlatformTests, SHARES, type WebPlatformOptions } from './conformance/wpt.ts'

type Suite = (checkout: string, only: string, options: WebPlatformOptions) => AsyncIterable<Verdict>

const SUITES: Readonly<Record<string, Suite>> = {
  'component-model': runComponentModel,
  'jco-fixtures': runJcoFixtures,
  'wasi-testsuite': runWasiTestsuite,
  wpt: runWebPlatformTests,
}
const USAGE = `npm run conformance -- ${Object.keys(SUITES).join('|')} --checkout PATH [--only TEXT] [--update]\n`

const { values, positionals } = parseArgs({
  options: {
    checkout: { type: 'string' },
    only: { type: 'string', default: '' },
    update: { type: 'boolean', default: false },
  },
  allowPositionals: true,
})
const suite = SUITES[positionals[0] ?? '']
if (suite === undefined || values.checkout === undefined || !existsSync(values.checkout)) {
  process.stderr.write(USAGE)
  process.exitCode = 2
} else {
  const verdicts: Verdict[] = []
  for await (const verdict of suite(values.checkout, values.only, values)) {
    const { group, test, failure, expected = false } = verdict
    verdicts.push(verdict)
    if (failure === undefined || expected) continue
    process.stdout.write(`FAILED ${group} ${test}: ${failure}\n`)
    process.exitCode = 1
  }
  process.stdout.write(`${commitOf(values.checkout)}\n${tableOf(verdicts)}`)
  // A part of the tests says nothing about the share of all.
  const shares = positionals[0] === 'wpt' && values.only === '' ? SHARES : []
  for (const { line, isReached } of shares.map((each) => shareOf(verdicts, each))) {
    process.stdout.write(`${isReached ? '' : 'FAILED '}${line}\n`)
    if (!isReached) process.exitCode = 1
  }
}

/** The commit of the suite, by which a table can be compared with another. */
function commitOf(checkout: string): string {
  try {
    const log = execFileSync('git', ['log', '-1', '--format=%H of %cs'], {
      cwd: checkout,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    return `Commit ${log.trim()}`
  } catch {
    return 'Commit not known: the checkout is no repository'
  }
}
