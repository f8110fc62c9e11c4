/**
 * TypeScript and JavaScript on QuickJS-NG as componentize-qjs, jco's QuickJS backend, wraps it: about 1.6 MB.
 *
 * It is the reference for our own engine component (`quickjs.ts`). WASI is stubbed: the engine would ask it for clock
 * and randomness, and these have to come from the host at call time. The guest library does that.
 *
 * @module
 */
import type { MayflyError } from '../../../runtime/errors/index.ts'
import { agentSourceMap } from '../agent-source-map.ts'
import { buildError } from '../build-error.ts'
import { bundle, type Bundle } from '../bundle.ts'
import { withOptionalImports } from '../optional-imports.ts'
import { FORMER_VERSION, importedInterfaces, witDirectory, WORLD } from '../package-files.ts'
import { toShown } from '../shown-path.ts'
import type { BuildEngine, EngineBuild } from './language.ts'
import { evaluationError } from './javascript-error.ts'

// As it names the source in stacks.
const FILENAME = 'componentize-qjs:user.js'

export const componentizeQjs: BuildEngine = {
  async prepare(build) {
    const bundled = await bundle(build)
    return {
      parts: [bundled.code],
      inputs: bundled.inputs,
      sourceMap: () => agentSourceMap(bundled, build.source, FILENAME),
      async componentize() {
        const { componentize } = await import('componentize-qjs')
        try {
          const { component } = await componentize({
            witPath: witDirectory(FORMER_VERSION),
            world: WORLD,
            jsSource: bundled.code,
            stubWasi: true,
          })
          return withOptionalImports(component, importedInterfaces(FORMER_VERSION))
        } catch (error) {
          throw explain(build, bundled, error)
        }
      },
    }
  },
}

const EVALUATION =
  /Failed to evaluate user JavaScript module: (?:[^:\n]*module[^:\n]*: )?(?:Error: )?/

/** Turns the text componentize-qjs rejects with, the only thing it tells, into an error with a place. */
function explain(
  { agent, source, fence }: EngineBuild,
  bundled: Bundle,
  error: unknown,
): MayflyError {
  const text = error instanceof Error ? error.message : String(error)
  const [heading, ...stack] = text.split(/\n(?=\s+at )/)
  const thrown = EVALUATION.exec(heading ?? '')
  if (heading === undefined || thrown === null) {
    return buildError(agent, [{ message: text.trim(), file: toShown(source) }], { cause: error })
  }
  return evaluationError({
    agent,
    source,
    fence,
    bundle: bundled,
    message: heading.slice(thrown.index + thrown[0].length).trim(),
    frames: stack.flatMap((line) => {
      const place = /:(\d+):(\d+)\)?\s*$/.exec(line)
      return place === null ? [] : [[Number(place[1]), Number(place[2])] as const]
    }),
    cause: error,
  })
}
