import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { BENCH_DIRECTORY } from './install.ts'
import { resultsOf } from './report/read-results.ts'
import { exampleResults } from './report/example-results.ts'
import type { ResultLine } from './measure/results.ts'

let directory: string

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'mayfly-check-'))
})

afterAll(() => rmSync(directory, { recursive: true, force: true }))

function check(...args: readonly string[]): { status: number | null; output: string } {
  const paths = ['--results', directory, '--baseline', join(directory, 'baseline.jsonl')]
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ['--no-warnings', join(BENCH_DIRECTORY, 'check.ts'), ...paths, ...args],
    { encoding: 'utf8' },
  )
  return { status, output: stdout + stderr }
}

function write(lines: readonly ResultLine[]): void {
  const text = resultsOf(lines).all.map((line) => `${JSON.stringify(line)}\n`)
  writeFileSync(join(directory, 'run.jsonl'), text.join(''))
}

/** Returns the results with every ratio to a contender multiplied by `factor`. */
function scaled(factor: number): ResultLine[] {
  return exampleResults().all.map((line) => {
    if (line.ratio === undefined) return line
    const { of, value } = line.ratio
    const low = value.low * factor
    const high = value.high * factor
    return { ...line, ratio: { of, value: { ...value, p50: value.p50 * factor, low, high } } }
  })
}

it('bench:check passes what is as it was, fails what got worse, and says what', () => {
  write(scaled(1))
  expect(check('--write')).toMatchObject({ status: 0 })
  expect(check()).toMatchObject({ status: 0, output: expect.stringContaining(', 0 worse') })
  write(scaled(0.95))
  expect(check()).toMatchObject({ status: 0 })
  write(scaled(0.5))
  const worse = check()
  expect(worse.status).toBe(1)
  expect(worse.output).toMatch(/^! {2}JS: fresh state \+ one call, isolated-vm ÷ mayfly/m)
  write(scaled(2))
  expect(check()).toMatchObject({ status: 0, output: expect.stringMatching(/^\+/m) })
}, 60_000)

it('bench:check says when there is nothing to compare', () => {
  write([])
  expect(check()).toMatchObject({ status: 2, output: expect.stringContaining('npm run bench') })
})
