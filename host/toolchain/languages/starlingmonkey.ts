/**
 * TypeScript and JavaScript on StarlingMonkey: 13 MB, built in about ten seconds.
 *
 * A source that listens to the event `fetch` becomes a component of `wasi:http`. It uses the engine's own Web APIs
 * and knows nothing of Mayfly. Any other source is an agent like those for QuickJS, with the guest
 * library.
 *
 * Two things differ from QuickJS for such an agent. componentize-js cannot bind `async func` ("not yet implemented" in
 * its bindings generator, 0.23), so the world is built with `handle` as a plain function: the engine runs its event
 * loop until the promise of the agent is settled, and imports suspend the guest meanwhile. And all of its WASI
 * features are off: with them, clock and randomness would come from WASI and outgoing requests would go around the
 * capability `http`.
 *
 * The engine does not know `\p{…}` in regular expressions: such an expression throws when it is made.
 *
 * @module
 */
import { readFileSync } from 'node:fs'
import type { MayflyError } from '../../../runtime/errors/index.ts'
import { agentSourceMap } from '../agent-source-map.ts'
import { buildError } from '../build-error.ts'
import { bundle, bundleAlone, type Bundle } from '../bundle.ts'
import { withOptionalImports } from '../optional-imports.ts'
import { FORMER_VERSION, importedInterfaces, witSource, WORLD } from '../package-files.ts'
import { toShown } from '../shown-path.ts'
import { proxyWorld } from '../wasi-wit.ts'
import type { BuildEngine, EngineBuild } from './language.ts'
import { evaluationError } from './javascript-error.ts'

interface Target {
  readonly wit: string
  readonly worldName: string
  readonly disableFeatures: readonly string[]
  /** Interfaces that may stay ungranted. */
  readonly optional: readonly string[]
}

// As it names the source in stacks.
const FILENAME = 'source.js'
// The only version for which componentize-js 0.23 can export the event `fetch`.
const PROXY_VERSION = '0.2.10'

export const starlingmonkey: BuildEngine = {
  async prepare(build) {
    const options = { ...build, unsupported: ['regexp-unicode-property-escapes'] }
    const isService = listensToFetch(build.source)
    const bundled = await (isService ? bundleAlone(options) : bundle(options))
    return {
      parts: [bundled.code],
      inputs: bundled.inputs,
      sourceMap: () => agentSourceMap(bundled, build.source, FILENAME),
      async componentize() {
        const { componentize } = await import('@bytecodealliance/componentize-js')
        const { wit, optional, ...target } = isService ? serviceTarget() : agentTarget()
        try {
          // The cast leaves out `sourcePath`, which the types require: given one, it reads the file instead.
          const { component } = await componentize(
            bundled.code,
            wit,
            target as unknown as Parameters<typeof componentize>[2] & object,
          )
          return withOptionalImports(component, optional)
        } catch (error) {
          throw explain(build, bundled, error)
        }
      },
    }
  },
}

// The second form is the option of jco-std's adapter for Hono.
const FETCH_LISTENER = /\baddEventListener\s*\(\s*(['"`])fetch\1|\buseFetchEvent\s*:\s*true\b/

function listensToFetch(source: string): boolean {
  return FETCH_LISTENER.test(readFileSync(source, 'utf8'))
}

function serviceTarget(): Target {
  return {
    wit: proxyWorld(PROXY_VERSION),
    worldName: 'service',
    disableFeatures: [],
    optional: [`wasi:http/outgoing-handler@${PROXY_VERSION}`],
  }
}

function agentTarget(): Target {
  return {
    // Inline: with a path it would read the WIT through a WASI shim that has no preopened folder.
    wit: witSource(FORMER_VERSION).replaceAll(': async func(', ': func('),
    worldName: WORLD,
    disableFeatures: ['stdio', 'random', 'clocks', 'http', 'fetch-event'],
    optional: importedInterfaces(FORMER_VERSION),
  }
}

const EVALUATION = /Exception while evaluating top-level script\s+/
const FRAME = /source\.js:(\d+):(\d+)/g

/** Finds the error of the agent, and its place, in the text of wizer. */
function explain(
  { agent, source, fence }: EngineBuild,
  bundled: Bundle,
  error: unknown,
): MayflyError {
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
    fence,
    bundle: bundled,
    message: first
      .replace(/^source\.js:\d+:\d+\s+/, '')
      .replace(/^Error:\s+/, '')
      .trim(),
    frames: [...rest.matchAll(FRAME)].map(([, line, column]) => [Number(line), Number(column)]),
    cause: error,
  })
}
