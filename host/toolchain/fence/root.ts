/**
 * The root of a build: the folder out of which it reads nothing.
 *
 * @module
 */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { MayflyError } from '../../../runtime/errors/index.ts'
import { toShown } from '../shown-path.ts'
import { isInside, realPath, withParents } from './real-path.ts'

/**
 * The nearest folder from `directory` upwards that is a project of several packages or a repository:
 * with `workspaces` in its package.json, a pnpm-workspace.yaml or `.git`. Without one, `directory` itself.
 */
export function findRoot(directory: string): string {
  const start = realPath(directory)
  return withParents(start).find(isProject) ?? start
}

/**
 * Returns the root of a build of the agent in `directory`: `wanted`, or else the nearest root that is found.
 *
 * @throws {MayflyError} ERR_USAGE when the agent is outside of `wanted`
 */
export function rootOf(directory: string, wanted: string | undefined): string {
  if (wanted === undefined) return findRoot(directory)
  const root = realPath(wanted)
  if (isInside(root, realPath(directory))) return root
  throw new MayflyError(
    'ERR_USAGE',
    `Cannot build "${toShown(directory)}" with root "${wanted}": the agent is not in it`,
    { hint: 'The root is the folder of the agent or one above it', facts: { root } },
  )
}

function isProject(folder: string): boolean {
  if (existsSync(join(folder, '.git')) || existsSync(join(folder, 'pnpm-workspace.yaml')))
    return true
  try {
    const description: unknown = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
    return typeof description === 'object' && description !== null && 'workspaces' in description
  } catch {
    return false
  }
}
