/**
 * This package as its users get it, for tests that install it: `npm pack`, and programs run outside of the checkout.
 *
 * @module
 */
import { readdirSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { mayfly, writeFiles, type Ended } from './mayfly-process.ts'

const ROOT = fileURLToPath(new URL('../../..', import.meta.url))
const QUIET = ['--no-audit', '--no-fund', '--prefer-offline']
// Without the folders that npm puts first in a script, because a user has the machine's own programs.
const MACHINE_PATH = (process.env['PATH'] ?? '')
  .split(delimiter)
  .filter((folder) => !folder.includes('node_modules'))
  .join(delimiter)

/** The programs of one user: those of the machine, with a Node before them. */
export class UserShell {
  readonly #env: Readonly<Record<string, string>>

  /** @param node - path of the program */
  constructor(node: string) {
    this.#env = { PATH: [dirname(node), MACHINE_PATH].join(delimiter) }
  }

  /** What `serving` takes to start `line` in the folder `cwd`. */
  options(
    line: string,
    cwd: string,
  ): { cwd: string; env: Record<string, string>; command: string[] } {
    // Tests that come with agents ask this variable which runner they run under.
    return { cwd, env: { ...this.#env }, command: ['env', '-u', 'VITEST', 'sh', '-c', line] }
  }

  /** Runs one line. Throws when it fails. */
  async run(line: string, cwd: string): Promise<Ended> {
    const ended = await mayfly([], this.options(line, cwd))
    if (ended.code !== 0) throw new Error(`${line}: ${ended.stderr}${ended.stdout}`)
    return ended
  }

  /** Installs packages, or those of package.json. */
  async install(cwd: string, ...packages: readonly string[]): Promise<void> {
    await this.run(['npm install', ...QUIET, ...packages].join(' '), cwd)
  }
}

/** Returns the path of the tarball that `npm pack` writes into the empty `folder`. */
export async function packPackage(folder: string): Promise<string> {
  await new UserShell(process.execPath).run(`npm pack --pack-destination "${folder}"`, ROOT)
  return join(folder, readdirSync(folder)[0] ?? '')
}

/** Installs a Node by its package into `folder`, and returns the path of the program. */
export async function installNode(folder: string, version: string): Promise<string> {
  writeFiles(folder, { 'package.json': { private: true, allowScripts: { node: true } } })
  await new UserShell(process.execPath).install(folder, `node@${version}`)
  return join(folder, 'node_modules', 'node', 'bin', 'node')
}
