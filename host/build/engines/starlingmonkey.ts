/**
 * TypeScript and JavaScript on StarlingMonkey: every Web API, 13 MB, built in about ten seconds.
 *
 * Two things differ from QuickJS. componentize-js cannot bind `async func` ("not yet implemented" in its
 * bindings generator, 0.23), so the world is built with `handle` as a plain function: the engine runs its
 * event loop until the promise the agent returns is settled, and imports suspend the guest meanwhile. And
 * its own WASI features are off, all of them: with them, clock and randomness would come from WASI and
 * outgoing requests would go around the capability `http`.
 *
 * @module
 */
import { buildError } from '../build-error.ts'
import { bundle } from '../bundle.ts'
import { withOptionalImports } from '../optional-imports.ts'
import { importedInterfaces, witSource, WORLD } from '../package-files.ts'
import { toShown } from '../shown-path.ts'
import type { BuildEngine } from './engine.ts'

export const starlingmonkey: BuildEngine = {
  async prepare(build) {
    const bundled = await bundle(build)
    return {
      parts: [bundled.code],
      inputs: bundled.inputs,
      async componentize() {
        const { componentize } = await import('@bytecodealliance/componentize-js')
        // Inline: with a path it would read the WIT through a WASI shim that has no preopened folder.
        const world = witSource().replaceAll(': async func(', ': func(')
        try {
          const { component } = await componentize(bundled.code, world, {
            sourcePath: 'agent.js',
            worldName: WORLD,
            disableFeatures: ['stdio', 'random', 'clocks', 'http', 'fetch-event'],
          })
          return withOptionalImports(component, importedInterfaces())
        } catch (error) {
          const { agent, source } = build
          const message = error instanceof Error ? error.message : String(error)
          throw buildError(agent, [{ message, file: toShown(source) }], { cause: error })
        }
      },
    }
  },
}
