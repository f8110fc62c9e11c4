/**
 * The remedy for imports of packages that are not installed: which to install, and in which folder.
 *
 * @module
 */

import { existsSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import type { Message } from 'esbuild'
import type { Fence } from './fence/index.ts'
import { toShown } from './shown-path.ts'

const UNRESOLVED = /^Could not resolve "([^"]+)"$/
// https://docs.npmjs.com/cli/configuring-npm/package-json#name. No path, no scheme, and no option of npm.
const PACKAGE = /^(@[a-z0-9~-][\w.~-]*\/)?[a-z0-9~][\w.~-]*(?=\/|$)/

/** Returns nothing when no package is missing: a file is, or a part of a package that is there. */
export function missingPackagesHint(
  errors: readonly Pick<Message, 'text' | 'location'>[],
  source: string,
  fence: Pick<Fence, 'allows'>,
): string | undefined {
  const missing = errors.flatMap(({ text, location }) => {
    const [name] = PACKAGE.exec(UNRESOLVED.exec(text)?.[1] ?? '') ?? []
    if (name === undefined || location === null) return []
    const importer = resolve(dirname(source), location.file)
    return isInstalled(name, importer, fence) ? [] : [name]
  })
  if (missing.length === 0) return undefined
  const folder = toShown(packageFolder(dirname(source), fence))
  const place = folder === '' || folder === '.' ? '' : ` in ${folder}`
  return `Run npm install ${[...new Set(missing)].join(' ')}${place}`
}

function isInstalled(name: string, importer: string, fence: Pick<Fence, 'allows'>): boolean {
  return foldersAbove(dirname(importer)).some((folder) => {
    const path = join(folder, 'node_modules', name)
    return fence.allows(path) && existsSync(path)
  })
}

/** The nearest folder with a package.json, which npm installs into; that of the source when there is none. */
function packageFolder(directory: string, fence: Pick<Fence, 'allows'>): string {
  const found = foldersAbove(directory).find((folder) => {
    const file = join(folder, 'package.json')
    return fence.allows(file) && existsSync(file)
  })
  return found ?? directory
}

function foldersAbove(directory: string): string[] {
  const parent = dirname(directory)
  return parent === directory ? [directory] : [directory, ...foldersAbove(parent)]
}
