/**
 * TypeScript and JavaScript on StarlingMonkey: every Web API, 13 MB, built in about ten seconds.
 *
 * Two things differ from QuickJS. componentize-js cannot bind `async func` ("not yet implemented" in its
 * bindings generator, 0.23), so the world is built with `handle` as a plain function: the engine runs its
 * event loop until the promise the agent returns is settled, and imports suspend the guest meanwhile. And
 * its own WASI features are off, all of them: with them, clock and randomness would come from WASI and
 * outgoing requests would go around the capability `http`.
 *
 * The engine knows no `\p{…}` in regular expressions: one that uses it throws when it is made.
 *
 * @module
 */
import type { MayflyError } from '../../../runtime/errors/index.ts'
import { buildError } from '../build-error.ts'
import { bundle, type Bundle } from '../bundle.ts'
import { withOptionalImports } from '../optional-imports.ts'
import { importedInterfaces, witSource, WORLD } from '../package-files.ts'
import { toShown } from '../shown-path.ts'
import type { BuildEngine, EngineBuild } from './engine.ts'
import { evaluationError } from './javascript-error.ts'

export const starlingmonkey: BuildEngine = {
  async prepare(build) {
    const bundled = await bundle({ ...build, unsupported: ['regexp-unicode-property-escapes'] })
    return {
      parts: [bundled.code],
      inputs: bundled.inputs,
      async componentize() {
        const { componentize } = await import('@bytecodealliance/componentize-js')
        // Inline: with a path it would read the WIT through a WASI shim that has no preopened folder.
        const world = witSource().replaceAll(': async func(', ': func(')
        try {
          // The cast leaves out `sourcePath`, which the types require: given one, it reads the file instead.
          const { component } = await componentize(bundled.code, world, {
            worldName: WORLD,
            disableFeatures: ['stdio', 'random', 'clocks', 'http', 'fetch-event'],
          } as Parameters<typeof componentize>[2] & object)
          return withOptionalImports(component, importedInterfaces())
        } catch (error) {
          throw explain(build, bundled, error)
        }
      },
    }
  },
}

const EVALUATION = /Exception while evaluating top-level script\s+/
const FRAME = /source\.js:(\d+):(\d+)/g

/** Finds in the text of wizer what the agent threw, and where. */
function explain({ agent, source }: EngineBuild, bundled: Bundle, error: unknown): MayflyError {
  const text = error instanceof Error ? error.message : String(error)
  const thrown = EVALUATION.exec(text)
  if (thrown === null) {
    return buildError(agent, [{ message: text.trim(), file: toShown(source) }], { cause: error })
  }
  const rest = text.slice(thrown.index + thrown[0].length)
  const [first = ''] = rest.split('\n')
  return evaluationError({
    agent,
    source,
    bundle: bundled,
    message: first
      .replace(/^source\.js:\d+:\d+\s+/, '')
      .replace(/^Error:\s+/, '')
      .trim(),
    frames: [...rest.matchAll(FRAME)].map(([, line, column]) => [Number(line), Number(column)]),
    cause: error,
  })
}
