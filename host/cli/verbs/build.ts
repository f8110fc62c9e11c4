/**
 * `mayfly build`: from the source of agents to their components.
 *
 * @module
 */
import { isMayflyError, MayflyError } from '../../../runtime/errors/index.ts'
import { ENGINES, type Engine } from '../../../runtime/manifest/index.ts'
import { loadManifest } from '../../toolchain/index.ts'
import { BUILD_OPTIONS, BUILD_USAGE, buildOptions } from '../build-options.ts'
import { buildSlowly } from '../build-slowly.ts'
import { formatBytes, formatDuration } from '../format.ts'
import { errorText } from '../print-error.ts'
import type { ParsedArguments, Verb } from '../verb.ts'

export const verb: Verb = {
  name: 'build',
  summary: 'Build agents into WebAssembly components.',
  usage: `Usage: mayfly build [folder ...] [options]

Builds the agent of each folder, by default of the current one, and writes
<name>.wasm into the current folder, and beside it <name>.wasm.map: with that file, stacks in the log of a host name
files and lines of the source. It is optional. What did not change since the last build is not built again.

Options:
  --engine NAME       ${ENGINES.join(', ')}. Default: what agent.json says
  --out FILE          Where to write the component; with one folder only
  --cache DIR         Where built components are kept. Default: .mayfly/cache in the project
${BUILD_USAGE}
  --json              Print one JSON object an agent

Example:
  mayfly build components/examples/hello --out hello.wasm
`,
  options: {
    engine: { type: 'string' },
    out: { type: 'string' },
    cache: { type: 'string' },
    json: { type: 'boolean' },
    ...BUILD_OPTIONS,
  },
  async run({ values, positionals }) {
    const folders = positionals.length === 0 ? ['.'] : positionals
    const engine = engineOf(values)
    const options = buildOptions({ values })
    const { out, cache, json } = values
    if (typeof out === 'string' && folders.length > 1) {
      throw new MayflyError('ERR_USAGE', 'Cannot write several components to one file', {
        hint: 'Give --out with one folder, or leave it out',
      })
    }
    let failures = 0
    for (const directory of folders) {
      try {
        const loaded = loadManifest(directory, options)
        const target = typeof out === 'string' ? out : `${loaded.manifest.name}.wasm`
        const built = await buildSlowly({
          ...options,
          directory,
          out: target,
          ...(engine === undefined ? {} : { engine }),
          ...(typeof cache === 'string' ? { cacheDirectory: cache } : {}),
        })
        const { manifest, component, digest, cached, durationMs } = built
        console.log(
          json === true
            ? JSON.stringify({
                name: manifest.name,
                file: target,
                bytes: component.length,
                digest,
                cached,
                durationMs,
              })
            : `${manifest.name}  ${formatBytes(component.length)}  ${cached ? 'unchanged' : formatDuration(durationMs)}  ${target}`,
        )
      } catch (error) {
        // With one folder the error is the whole result; with several, the others are still built.
        if (folders.length === 1 || !isMayflyError(error)) throw error
        failures++
        console.error(errorText(error))
      }
    }
    return failures === 0 ? 0 : 1
  },
}

function engineOf({ engine }: ParsedArguments['values']): Engine | undefined {
  if (engine === undefined) return undefined
  const known = ENGINES.find((name) => name === engine)
  if (known !== undefined) return known
  throw new MayflyError('ERR_USAGE', `Cannot build with engine "${String(engine)}": not known`, {
    hint: `Engines: ${ENGINES.join(', ')}`,
  })
}
