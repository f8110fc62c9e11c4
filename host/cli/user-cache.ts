/**
 * The folder of this user for what the command line makes of a component once: its files are taken for code that the
 * rewriter made, so other users must not be able to write there.
 *
 * It is not beside the agent. A project of another author could bring such a folder along, with code that counts no fuel.
 *
 * @module
 */
import { lstatSync, mkdirSync } from 'node:fs'
import { homedir } from 'node:os'
import { isAbsolute, join, resolve } from 'node:path'
import { PACKAGE_DIRECTORY } from '../toolchain/index.ts'

const WRITABLE_BY_OTHERS = 0o022

/**
 * The folder that MAYFLY_CACHE names, or `mayfly` in the folder for caches of this user. A checkout has none but the named
 * one, because its rewriter changes without a new version.
 *
 * @returns nothing where no folder is this user's alone
 */
export function userCache(environment: NodeJS.ProcessEnv = process.env): string | undefined {
  const { MAYFLY_CACHE: named = '', XDG_CACHE_HOME: caches = '' } = environment
  if (named === '' && !PACKAGE_DIRECTORY.split(/[\\/]/).includes('node_modules')) return undefined
  const home = isAbsolute(caches) ? caches : join(homedir(), '.cache')
  const folder = named === '' ? join(home, 'mayfly') : resolve(named)
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
