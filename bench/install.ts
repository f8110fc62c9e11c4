/**
 * Installs what the bench needs and users of Mayfly do not: contenders, plots, the HTTP client.
 *
 * @module
 */
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

export const BENCH_DIRECTORY: string = import.meta.dirname

/**
 * Does nothing when what `package-lock.json` names has been installed.
 *
 * @returns whether it is there now; what is optional may be missing all the same
 */
export function installContenders(): boolean {
  const wanted = readFileSync(join(BENCH_DIRECTORY, 'package-lock.json'), 'utf8')
  // npm's own copy of the lock file differs from it in form, so what was installed is noted here.
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
