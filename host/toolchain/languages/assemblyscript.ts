/**
 * AssemblyScript: a component of a few kilobytes, built in about a second.
 *
 * The core module imports only functions that the agent uses, and jco makes a component with the same imports. So no
 * import is marked as optional: the manifest has to grant all imports of such an agent.
 *
 * @module
 */
import { exportedInterface, FORMER_VERSION, witSource, WORLD } from '../package-files.ts'
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
        const module = renameExport(binary, 'handle', `${exportedInterface(FORMER_VERSION)}#handle`)
        const embedded = await componentEmbed({
          binary: module,
          witSource: witSource(FORMER_VERSION),
          world: WORLD,
        })
        return componentNew(embedded, [])
      },
    }
  },
}
