/**
 * The prelude and the guest library as modules of the engine: evaluated before any agent, the same for all of them.
 *
 * @module
 */
import { join } from 'node:path'
import { bundleLibrary } from '../bundle.ts'
import { NODE_HOST, runFile } from '../esbuild.ts'
import { EXTRA_HOST } from '../extra-globals.ts'
import { ENGINE_DIRECTORY, GUEST_DIRECTORY, LIBRARY } from '../package-files.ts'
import type { ModuleSource } from './interface-modules.ts'

// Modules over functions of this engine, in place of modules of the library.
const SUBSTITUTES = {
  'engine.ts': '../quickjs/guest-engine.ts',
  'host-crypto.ts': '../quickjs/guest-crypto.ts',
  'host-queue.ts': '../quickjs/guest-queue.ts',
  'host-websocket.ts': '../quickjs/guest-websocket.ts',
  'work.ts': '../quickjs/guest-work.ts',
}

const NODE_HOST_EXPORTS = ['allConfig', 'format', 'inspect']

/** Returns the modules, each after the modules that it imports. */
export async function libraryModules(): Promise<ModuleSource[]> {
  const { code, exports } = await bundleLibrary(SUBSTITUTES)
  // What agents import. The rest is for modules of the library itself.
  const { metafile } = await runFile(join(GUEST_DIRECTORY, 'index.ts'), {})
  const shown = Object.values(metafile.outputs).flatMap((output) => output.exports)
  const inner = exports.filter((name) => name !== 'serve')
  return [
    { name: LIBRARY, source: code },
    { name: 'mayfly/guest', source: `export { ${shown.join(', ')} } from '${LIBRARY}'` },
    { name: 'mayfly/guest/serve', source: `export { serve } from '${LIBRARY}'` },
    { name: NODE_HOST, source: `export { ${NODE_HOST_EXPORTS.join(', ')} } from '${LIBRARY}'` },
    { name: EXTRA_HOST, source: `export { ${inner.join(', ')} } from '${LIBRARY}'` },
  ]
}

/** Returns the prelude as JavaScript. */
export async function preludeModule(): Promise<string> {
  const { outputFiles } = await runFile(join(ENGINE_DIRECTORY, 'prelude.ts'), { minify: true })
  return outputFiles[0]?.text ?? ''
}
