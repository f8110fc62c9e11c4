/**
 * AssemblyScript: a component of a few kilobytes, built in about a second.
 *
 * The core module imports only functions that the agent uses, and jco makes a component with the same imports. So no
 * import is marked as optional: the manifest has to grant all imports of such an agent.
 *
 * @module
 */
import { importedInterfaces, witSource, WORLD } from '../package-files.ts'
import { compileAssemblyScript } from './compile-assemblyscript.ts'
import type { BuildEngine } from './language.ts'
import { renameExport } from './rename-export.ts'

export const assemblyscript: BuildEngine = {
  async prepare(build) {
    const { binary, inputs } = await compileAssemblyScript(build)
    return {
      parts: [binary],
      inputs,
      async componentize() {
        const { componentEmbed, componentNew } = await import('@bytecodealliance/jco')
        const module = renameExport(binary, 'handle', `${handlerInterface()}#handle`)
        const embedded = await componentEmbed({
          binary: module,
          witSource: witSource(),
          world: WORLD,
        })
        return componentNew(embedded, [])
      },
    }
  },
}

/** The exported interface stands in the package of the imported ones. */
function handlerInterface(): string {
  const [imported = ''] = importedInterfaces()
  return imported.replace(/\/[^@]*/, '/handler')
}
