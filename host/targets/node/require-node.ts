/**
 * Which Node runs agents, and what an older one is told.
 *
 * What `mayfly` exports must load on older ones too, back to Node 20, so that this can be said: no syntax that
 * they lack, and no static import of what their modules lack. The test of the package loads it there.
 *
 * @module
 */

import { MayflyError } from '../../../runtime/errors/index.ts'

/** As `engines` in package.json, which the launcher of the command line reads. */
export const OLDEST_NODE = 24

/**
 * Bun and Deno are let through: what they name as their version of Node does not say what they have.
 *
 * @throws {MayflyError} ERR_HOST_UNAVAILABLE
 */
export function requireNode({ node, bun, deno }: NodeJS.ProcessVersions = process.versions): void {
  if (bun !== undefined || deno !== undefined || Number.parseInt(node) >= OLDEST_NODE) return
  const error = new MayflyError(
    'ERR_HOST_UNAVAILABLE',
    `Cannot run agents on Node ${node}: Node ${OLDEST_NODE} or newer is needed (npm install node@26, then npx node)`,
  )
  // One sentence wherever it is printed: no line of the program is at fault.
  error.stack = `${error.name}: ${error.message}`
  throw error
}
