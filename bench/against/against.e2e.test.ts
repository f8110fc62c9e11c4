import { spawnSync } from 'node:child_process'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { expect, it } from 'vitest'
import { BENCH_DIRECTORY } from '../install.ts'

function bench(...args: readonly string[]): { status: number | null; output: string } {
  const main = join(BENCH_DIRECTORY, 'main.ts')
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--no-warnings', main, ...args], {
    encoding: 'utf8',
  })
  return { status, output: stdout + stderr }
}

it('bench --against runs cases of two checkouts in turn, without contenders', () => {
  const self = resolve(BENCH_DIRECTORY, '..')
  const compared = bench('agents/warm-call', 'capabilities/policy', '--smoke', '--against', self)
  // Three rows of ours beside three of jco, and four.
  expect(compared.output).toContain('7 rows are measured in both checkouts, 0 cases failed')
  expect(compared.output).not.toContain('only in')
  expect(compared.status).toBe(0)
}, 300_000)

it('bench --against says what cannot be compared', () => {
  expect(bench('agents', '--against', tmpdir())).toMatchObject({
    status: 2,
    output: expect.stringContaining('it is no checkout of Mayfly'),
  })
  expect(bench('agents/http', '--against', resolve(BENCH_DIRECTORY, '..'))).toMatchObject({
    status: 2,
    output: expect.stringContaining('Cannot compare "agents/http"'),
  })
}, 300_000)
