/**
 * TypeScript and JavaScript on QuickJS-NG, wrapped by ourselves: 1.1 MB, built in a tenth of a second.
 *
 * The component is a snapshot: the agent's modules are evaluated at build time. It is one core module, and all agents
 * share its code. Only `components/quickjs` stands between host and engine.
 *
 * @module
 */
import { readFileSync } from 'node:fs'
// By its file: the door has the schema of manifests, and this is loaded before each first build.
import { STACK_BYTES } from '../../../runtime/manifest/manifest.ts'
import { bundle } from '../bundle.ts'
import { agentSourceMap } from '../agent-source-map.ts'
import { withFunctions } from '../declared-functions.ts'
import { withOptionalImports } from '../optional-imports.ts'
import { engineFiles, importedInterfaces, libraryFiles } from '../package-files.ts'
import { engineTools } from '../quickjs/engine-tools.ts'
import { ENGINE_VERSION } from '../quickjs/engine-version.ts'
import { buildError } from '../build-error.ts'
import { toShown } from '../shown-path.ts'
import type { BuildEngine, EngineBuild } from './language.ts'
import { endlessError, evaluationError } from './javascript-error.ts'

const FILENAME = 'agent.js'

export const quickjs: BuildEngine = {
  async prepare(build) {
    const { stackBytes = STACK_BYTES.usual } = build.settings
    const files = engineFiles().concat(libraryFiles())
    const bundling = bundle({ ...build, library: 'outside' })
    // While the bundler works, which is a process: what follows, and without promises, which would cost more than the files.
    const texts = files.map((path) => readFileSync(path))
    const [bundled] = await Promise.all([bundling, import('../quickjs/index.ts')])
    return {
      parts: [ENGINE_VERSION, ...engineTools(), String(stackBytes), bundled.code, ...texts],
      inputs: [...bundled.inputs, ...files],
      sourceMap: () => agentSourceMap(bundled, build.source, FILENAME),
      async componentize({ cacheDirectory, timeoutMs, inTurn }) {
        const { componentizeQuickJs, EvaluationError, loadTemplate } =
          await import('../quickjs/index.ts')
        await inTurn(() => loadTemplate(cacheDirectory))
        let functions: string | undefined
        try {
          const component = await componentizeQuickJs({
            source: bundled.code,
            filename: FILENAME,
            cacheDirectory,
            timeoutMs,
            stackBytes,
            onFunctions: bundled.hasFunctions ? (text) => void (functions = text) : undefined,
          })
          const marked = withOptionalImports(component, importedInterfaces())
          return functions === undefined ? marked : described(marked, functions, build)
        } catch (error) {
          if (!(error instanceof EvaluationError)) throw error
          const frames = placesOf(error.frames)
          const failure = { ...build, bundle: bundled, frames, cause: error }
          if (error.reason === 'late') throw endlessError(failure, timeoutMs)
          throw evaluationError({ ...failure, message: error.message.replace(/^\w*Error: /, '') })
        }
      },
    }
  },
}

/** @throws {MayflyError} ERR_BUILD_FAILED for a schema that callers cannot use */
function described(component: Uint8Array, text: string, build: EngineBuild): Uint8Array {
  try {
    return withFunctions(component, text)
  } catch (cause) {
    if (!(cause instanceof TypeError)) throw cause
    const { agent, source } = build
    throw buildError(agent, [{ message: cause.message, file: toShown(source) }], { cause })
  }
}

/** The places in the bundle among the frames of a stack. */
function placesOf(frames: string): [line: number, column: number][] {
  return [...frames.matchAll(/\bagent\.js:(\d+):(\d+)/g)].map(([, line, column]) => [
    Number(line),
    Number(column),
  ])
}
