/**
 * Installs packages that the bench needs and users of Mayfly do not: contenders, plots, the HTTP client.
 *
 * @module
 */
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

export const BENCH_DIRECTORY: string = import.meta.dirname

/**
 * Does nothing when the packages of `package-lock.json` are installed.
 *
 * @returns whether they are installed now; optional packages may be missing all the same
 */
export function installContenders(): boolean {
  const wanted = readFileSync(join(BENCH_DIRECTORY, 'package-lock.json'), 'utf8')
  // npm's own copy of the lock file differs in form, so a copy of the installed one is kept here.
  const installed = join(BENCH_DIRECTORY, 'node_modules', '.installed-lock.json')
  if (existsSync(installed) && readFileSync(installed, 'utf8') === wanted) return true
  process.stderr.write('Installing the contenders of the bench (once)\n')
  const { status } = spawnSync('npm', ['ci', '--no-audit', '--no-fund'], {
    cwd: BENCH_DIRECTORY,
    stdio: ['ignore', 'ignore', 'inherit'],
    shell: process.platform === 'win32',
  })
  if (status !== 0) {
    process.stderr.write('Cannot install the contenders of the bench: npm ci failed\n')
    return false
  }
  writeFileSync(installed, wanted)
  return true
}
