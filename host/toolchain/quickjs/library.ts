/**
 * The guest library as modules of the engine: evaluated before any agent, the same for all of them.
 *
 * @module
 */
import { bundleLibrary, LIBRARY } from '../bundle.ts'
import type { ModuleSource } from './interface-modules.ts'

// Modules over functions of this engine, in place of modules of the library.
const SUBSTITUTES = {
  'engine.ts': '../quickjs/guest-engine.ts',
  'work.ts': '../quickjs/guest-work.ts',
}

/** Returns the modules, each after the modules that it imports. */
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
