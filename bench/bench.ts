/** One run of the bench, from the noise check to the table. @module */
import { relative } from 'node:path'
import { machine, machineText } from './measure/machine.ts'
import { measureNoise, noiseText } from './measure/noise.ts'
import { progress } from './measure/progress.ts'
import { isMet, type Finding } from './measure/result.ts'
import { appendResults, resultsFile, toResultLine, type Run } from './measure/results.ts'
import { runCase } from './measure/run-case.ts'
import { table } from './report/table.ts'
import { isSuite, SUITES } from './suites/index.ts'
import type { Pace } from './suites/suite.ts'

export interface BenchOptions {
  /** Suites, or `suite/case`. None stands for every suite. */
  readonly wanted: readonly string[]
  readonly pace: Pace
  /** Refuse to measure on a noisy machine. */
  readonly strict: boolean
}

/** @returns the exit code: 1 when a case failed, 2 for an unknown suite, 3 when the machine is too busy */
export async function bench({ wanted, pace, strict }: BenchOptions): Promise<number> {
  const unknown = wanted.find((name) => !isSuite(name.split('/')[0] ?? ''))
  if (unknown !== undefined) {
    process.stderr.write(`Cannot run "${unknown}": the suites are ${SUITES.join(', ')}\n`)
    return 2
  }
  const noise = measureNoise()
  if (!noise.quiet) {
    process.stderr.write(`${noiseText(noise)}\n`)
    if (strict) return 3
  }
  const run: Run = {
    at: new Date().toISOString(),
    command: ['npm run bench --', ...wanted, ...(pace === 'full' ? [] : [`--${pace}`])].join(' '),
    quick: pace !== 'full',
    machine: machine(),
    noise,
  }
  // Figures of a smoke test are none.
  const file = pace === 'smoke' ? undefined : resultsFile(run)
  const cases = await listCases(wanted.length === 0 ? SUITES : wanted)
  const bar = progress(cases.length)
  const found: Finding[] = []
  const remarks: string[] = []
  const took: { at: string; seconds: number }[] = []
  let failed = 0
  for (const { suite, name } of cases) {
    bar.case(`${suite}/${name}`, 0)
    const start = performance.now()
    const end = await runCase({
      suite,
      name,
      pace,
      onProgress: (share) => bar.case(`${suite}/${name}`, share),
      onSkip: (reason) => remarks.push(`skipped in ${suite}/${name}: ${reason}`),
    })
    bar.done()
    took.push({ at: `${suite}/${name}`, seconds: (performance.now() - start) / 1000 })
    if (end.kind === 'found') {
      found.push(...end.findings)
      const lines = end.findings.map((finding) => toResultLine(suite, name, finding, run))
      if (file !== undefined) appendResults(file, lines)
    } else if (end.kind === 'failed') {
      failed++
      remarks.push(`FAILED ${suite}/${name}: ${end.error}`)
    }
  }
  bar.stop()
  if (file === undefined) {
    process.stdout.write(
      [...remarks, tookText(took), smokeText(took.length, failed), ''].join('\n'),
    )
    return failed > 0 ? 1 : 0
  }
  const goals = found.map(isMet).filter((met) => met !== undefined)
  process.stdout.write(
    [
      machineText(run.machine),
      table(found),
      ...remarks,
      tookText(took),
      `${goals.filter(Boolean).length} of ${goals.length} goals met · ${relative('.', file)}`,
      '',
    ].join('\n'),
  )
  return failed > 0 ? 1 : 0
}

// A person who waits for a run sees what takes so long.
const SHOWN_LONGEST = 8

function tookText(took: readonly { at: string; seconds: number }[]): string {
  const total = took.reduce((sum, { seconds }) => sum + seconds, 0)
  const longest = took
    .toSorted((a, b) => b.seconds - a.seconds)
    .slice(0, SHOWN_LONGEST)
    .map(({ at, seconds }) => `${at} ${seconds.toFixed(0)} s`)
  return `${took.length} cases in ${total.toFixed(0)} s: ${longest.join(', ')}, …`
}

function smokeText(cases: number, failed: number): string {
  return failed > 0
    ? `${failed} of ${cases} cases of the bench failed`
    : `All ${cases} cases of the bench run, and who is compared answers alike`
}

interface CaseName {
  readonly suite: string
  readonly name: string
}

async function listCases(wanted: readonly string[]): Promise<CaseName[]> {
  const cases: CaseName[] = []
  for (const each of wanted) {
    const [suite = '', name] = each.split('/')
    if (name !== undefined) {
      cases.push({ suite, name })
      continue
    }
    const end = await runCase({ suite, pace: 'full' })
    if (end.kind !== 'cases') throw new Error(`Cannot list the cases of suite "${suite}"`)
    for (const found of end.names) cases.push({ suite, name: found })
  }
  return cases
}
