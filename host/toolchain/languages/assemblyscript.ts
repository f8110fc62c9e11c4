/**
 * AssemblyScript: a component of a few kilobytes, built in about a second.
 *
 * The core module imports only functions that the agent uses, and jco makes a component with the same imports. So no
 * import is marked as optional: the manifest has to grant all imports of such an agent.
 *
 * `handle` is lifted with a callback if the agent waits without a stack, else as a function that returns the answer.
 *
 * @module
 */
import { exportedInterface, witSource, WORLD } from '../package-files.ts'
import { compileAssemblyScript } from './compile-assemblyscript.ts'
import type { BuildEngine } from './language.ts'
import { renameExports } from './rename-export.ts'

export const assemblyscript: BuildEngine = {
  async prepare(build) {
    const { binary, waits, inputs } = await compileAssemblyScript(build)
    return {
      parts: [binary],
      inputs,
      async componentize() {
        const { componentEmbed, componentNew } = await import('@bytecodealliance/jco')
        const name = `${exportedInterface()}#handle`
        const names = waits
          ? { handleWaiting: `[async-lift]${name}`, callback: `[callback][async-lift]${name}` }
          : { handle: name }
        const embedded = await componentEmbed({
          binary: renameExports(binary, names),
          witSource: witSource(),
          world: WORLD,
        })
        return componentNew(embedded, [])
      },
    }
  },
}
