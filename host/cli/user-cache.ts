/**
 * The folder of this user for what the command line makes of a component once: its files are taken for code that the
 * rewriter made, so other users must not be able to write there.
 *
 * It is not beside the agent. A project of another author could bring such a folder along, with code that counts no fuel.
 *
 * @module
 */
import { existsSync, lstatSync, mkdirSync, readdirSync, rmSync, statSync } from 'node:fs'
import { homedir } from 'node:os'
import { isAbsolute, join, resolve } from 'node:path'
import { hexOf } from '../../runtime/digest/index.ts'
import { digestOf, PACKAGE_DIRECTORY } from '../toolchain/index.ts'

const WRITABLE_BY_OTHERS = 0o022
// What decides how code is prepared. A package has it in its version, which is part of the names of files in the folder.
const PREPARES = [
  'runtime/binary',
  'runtime/link',
  'runtime/meter',
  'runtime/stamp',
  'host/toolchain',
]

/**
 * The folder that MAYFLY_CACHE names, or `mayfly` in the folder for caches of this user. A checkout has a folder of its own,
 * for the sources as they are: its rewriter changes without a new version.
 *
 * @returns nothing where no folder is this user's alone
 */
export function userCache(environment: NodeJS.ProcessEnv = process.env): string | undefined {
  const { MAYFLY_CACHE: named = '', XDG_CACHE_HOME: caches = '' } = environment
  const folder = named === '' ? unnamedFolder(caches) : resolve(named)
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    const found = lstatSync(folder)
    const user = process.getuid?.()
    const isOwn =
      user === undefined || (found.uid === user && (found.mode & WRITABLE_BY_OTHERS) === 0)
    return found.isDirectory() && isOwn ? folder : undefined
  } catch {
    return undefined
  }
}

function unnamedFolder(caches: string): string {
  if (!PACKAGE_DIRECTORY.split(/[\\/]/).includes('node_modules')) return folderOfCheckout()
  return join(isAbsolute(caches) ? caches : join(homedir(), '.cache'), 'mayfly')
}

/** Each state of the sources has another folder. Those of states before are removed with the first use of a new one. */
function folderOfCheckout(): string {
  const all = join(PACKAGE_DIRECTORY, '.mayfly', 'cache', 'prepared')
  const name = stateOfSources()
  try {
    if (!existsSync(join(all, name))) rmSync(all, { recursive: true, force: true })
  } catch {
    // Another process removes them.
  }
  return join(all, name)
}

/** By sizes and times: to read the files would take as long as to load them. */
function stateOfSources(): string {
  const state = PREPARES.flatMap((folder) => {
    const path = join(PACKAGE_DIRECTORY, folder)
    const names = readdirSync(path, { recursive: true, encoding: 'utf8' })
    return names.toSorted().map((name) => {
      const { size, mtimeMs } = statSync(join(path, name))
      return `${folder}/${name} ${size} ${mtimeMs}`
    })
  })
  return hexOf(digestOf(...state))
}
