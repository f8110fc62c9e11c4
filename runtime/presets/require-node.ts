/**
 * The versions of Node that run agents, and the error on an older one.
 *
 * The exports of `mayfly` must load on older versions too, back to Node 20, so that this error can appear: no syntax that
 * they lack, and no static import of names that their modules lack. The test of the package loads it there.
 *
 * @module
 */

import { MayflyError } from '../errors/index.ts'

/** As `engines` in package.json, which the launcher of the command line reads. */
export const OLDEST_NODE = 24

/** The name of workerd, of Cloudflare and elsewhere. */
const WORKERS = 'Cloudflare-Workers'

/** The `process.versions` of a platform. */
export type PlatformVersions = Readonly<Record<string, string | undefined>>

/**
 * Platforms other than Node pass. So do Bun, Deno and Workers: the version of Node that they report does not describe
 * their features. Workers report no other one, so the name that they give browsers' pages tells.
 *
 * @throws {MayflyError} ERR_HOST_UNAVAILABLE on a Node that is too old
 */
export function requireNode(
  { node, bun, deno }: PlatformVersions = platformVersions(),
  userAgent: string = platformName(),
): void {
  if (node === undefined || bun !== undefined || deno !== undefined) return
  if (userAgent === WORKERS) return
  if (Number.parseInt(node) >= OLDEST_NODE) return
  const error = new MayflyError(
    'ERR_HOST_UNAVAILABLE',
    `Cannot run agents on Node ${node}: Node ${OLDEST_NODE} or newer is needed (npm install node@26, then npx node)`,
  )
  // One sentence wherever it is printed: no line of the program is at fault.
  error.stack = `${error.name}: ${error.message}`
  throw error
}

function platformVersions(): PlatformVersions {
  // `process` exists on Node and its imitations; it is not a Web API.
  const { process } = globalThis as { process?: { versions?: PlatformVersions } }
  return process?.versions ?? {}
}

/** Node has it from version 21 on. */
function platformName(): string {
  const { navigator } = globalThis as { navigator?: { userAgent?: string } }
  return navigator?.userAgent ?? ''
}
