/**
 * `mayfly inspect`: the parts of a component, and its needs from a host.
 *
 * @module
 */
import { readFileSync, statSync } from 'node:fs'
import { resolve } from 'node:path'
import { MayflyError, printableJson, printableLines } from '../../../../runtime/errors/index.ts'
import type { Manifest } from '../../../../runtime/manifest/index.ts'
import { adaptCoreModule } from '../../../toolchain/index.ts'
import { BUILD_OPTIONS, BUILD_USAGE, buildOptions } from '../../build-options.ts'
import { formatBytes } from '../../format.ts'
import { inspectComponent, type Inspection } from './inspect-component.ts'
import { manifestBeside } from '../../manifest-beside.ts'
import type { ParsedArguments, Verb } from '../../verb.ts'

export const verb: Verb = {
  name: 'inspect',
  summary: 'Show what a component imports, exports and needs.',
  usage: `Usage: mayfly inspect PATH [options]

PATH is a component, a module for WASI 0.1, or a folder with an agent.json, whose agent is built. Prints size, core modules with what they use of WebAssembly
and what of that is charged or refused, the capabilities agent.json has to grant, and the world in WIT. With an
agent.json beside it that is its own, also the paths and hosts where it answers.

  --json              Print one JSON object, with a JSON Schema for each function that mayfly call can call
${BUILD_USAGE}

Example:
  mayfly inspect dist/hello.wasm
`,
  options: { json: { type: 'boolean' }, ...BUILD_OPTIONS },
  async run({ values, positionals: [file, ...more] }) {
    if (file === undefined || more.length > 0) {
      throw new MayflyError('ERR_USAGE', 'Cannot inspect: one file or folder is needed', {
        hint: 'mayfly inspect PATH',
      })
    }
    const { bytes, place } = isFolder(file) ? await built(file, values) : fromFile(file)
    const component = await adaptCoreModule(bytes)
    const runsAs: RunsAs = component === bytes ? 'component' : 'module for WASI 0.1'
    const inspection = { ...(await inspectComponent(component)), runsAs }
    console.log(
      values['json'] === true
        ? printableJson(JSON.stringify({ ...inspection, ...place }, undefined, 2))
        : printableLines(render(file, inspection, place)),
    )
    return 0
  },
}

interface Subject {
  readonly bytes: Uint8Array
  readonly place: Place
}

type Place = Pick<Manifest, 'route' | 'hosts'>

/** @throws {MayflyError} ERR_USAGE without an agent.json there, ERR_MANIFEST_INVALID, ERR_BUILD_FAILED */
async function built(directory: string, values: ParsedArguments['values']): Promise<Subject> {
  // Loads all of the host and of the builder, which only this needs.
  const { bundleAgent } = await import('../../agent-bundle.ts')
  const { manifest, component } = await bundleAgent(directory, buildOptions({ values }))
  return { bytes: component, place: placeIn(manifest) }
}

function fromFile(file: string): Subject {
  try {
    return { bytes: readFileSync(file), place: placeOf(file) }
  } catch (cause) {
    throw new MayflyError('ERR_USAGE', `Cannot read "${file}": no such file`, {
      cause,
      hint: 'Give the .wasm file that mayfly build wrote, or a folder with an agent.json',
      facts: { file },
    })
  }
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true
}

/** By the `agent.json` beside `file`; nothing without one. A broken one is for `mayfly serve` to complain of. */
function placeOf(file: string): Place {
  try {
    return placeIn(manifestBeside(resolve(file)) ?? {})
  } catch {
    return {}
  }
}

function placeIn({ route, hosts }: Place): Place {
  return { ...(route === undefined ? {} : { route }), ...(hosts === undefined ? {} : { hosts }) }
}

/** A module for WASI 0.1 runs as it is: what is shown is of the component that Mayfly makes of it. */
type RunsAs = 'component' | 'module for WASI 0.1'

function render(
  file: string,
  inspection: Inspection & { readonly runsAs: RunsAs },
  { route, hosts }: Place,
): string {
  const { runsAs, bytes, digest, modules, world, declared, capabilities, turns, wit } = inspection
  const rows = [
    ...(runsAs === 'component'
      ? []
      : [['runs', `as it is, as a ${runsAs}; below is its component`]]),
    ['size', formatBytes(bytes)],
    ['digest', digest],
    ['core modules', modules.map(renderModule).join('\n')],
    ...(world === undefined ? [] : [['world', world]]),
    ...(declared.length === 0 ? [] : [['functions', declared.join(', ')]]),
    ...capabilityRows(capabilities),
    ['turns', TURNS[turns]],
    ...(route === undefined ? [] : [['route', route || 'none: other agents call it']]),
    ...(hosts === undefined ? [] : [['hosts', hosts.join(', ')]]),
  ]
  const width = Math.max(...rows.map(([name = '']) => name.length))
  const table = rows.map(([name = '', value = '']) => {
    const indented = value.replaceAll('\n', `\n${' '.repeat(width + 4)}`)
    return `  ${name.padEnd(width)}  ${indented}`
  })
  return [file, ...table, '', wit.trimEnd()].join('\n')
}

const TURNS: Readonly<Record<Inspection['turns'], string>> = {
  suspended: 'others have theirs while it computes',
  short: 'it never computes for long',
  unbounded: 'this platform cannot suspend it: only fuel and deadline bound how long others wait',
}

function renderModule(module: Inspection['modules'][number]): string {
  const { bytes, stampable, reasons, use } = module
  if (use.refused !== undefined) return `${formatBytes(bytes)}, refused: it uses ${use.refused}`
  const verdict = stampable ? 'stampable' : `not stampable: ${reasons.join('; ')}`
  const notes = [
    ['uses', use.proposals],
    ['needs the features', use.features],
    ['charged', use.charged.map(({ name, by }) => `${name} (${by.join(', ')})`)],
    ['traps', use.traps.map(({ name, why }) => `${name}: ${why}`)],
  ] as const
  const lines = notes.flatMap(([name, items]) =>
    items.length === 0 ? [] : [`  ${name}: ${items.join(', ')}`],
  )
  return [`${formatBytes(bytes)}, ${verdict}`, ...lines].join('\n')
}

function capabilityRows(capabilities: Inspection['capabilities']): string[][] {
  const needed = capabilities.filter(({ optional }) => !optional).map(({ name }) => name)
  const optional = capabilities.filter((entry) => entry.optional).map(({ name }) => name)
  return [
    ['needs', needed.length === 0 ? 'nothing' : needed.join(', ')],
    ...(optional.length === 0 ? [] : [['may use', optional.join(', ')]]),
  ]
}
