/**
 * The guest library as modules of the engine: evaluated before any agent, the same for all of them.
 *
 * @module
 */
import { bundleLibrary, LIBRARY } from '../bundle.ts'
import type { ModuleSource } from './interface-modules.ts'

// What this engine does natively, in place of what the library does by itself.
const SUBSTITUTES = { 'engine.ts': '../quickjs/guest-engine.ts' }

/** The modules, each after those that it imports. */
export async function libraryModules(): Promise<ModuleSource[]> {
  const { code, exports } = await bundleLibrary(SUBSTITUTES)
  const serving = exports.filter((name) => name === 'serve')
  const others = exports.filter((name) => name !== 'serve')
  return [
    { name: LIBRARY, source: code },
    { name: 'mayfly/guest', source: `export { ${others.join(', ')} } from '${LIBRARY}'` },
    { name: 'mayfly/guest/serve', source: `export { ${serving.join(', ')} } from '${LIBRARY}'` },
  ]
}
