/**
 * Agents for tests, of a script that exports `handler` itself: what `mayfly build` makes of it, without a manifest.
 *
 * @module
 */
import { withOptionalImports } from '../optional-imports.ts'
import { importedInterfaces } from '../package-files.ts'
import { componentizeQuickJs } from '../quickjs/index.ts'

/** Returns the component of `source`. It loads with any grants, and each use of others is refused. */
export async function scriptAgent(source: string): Promise<Uint8Array> {
  return withOptionalImports(await componentizeQuickJs({ source }), importedInterfaces())
}
