/**
 * `mayfly inspect`: the parts of a component, and its needs from a host.
 *
 * @module
 */
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { MayflyError, printableJson, printableLines } from '../../../../runtime/errors/index.ts'
import type { Manifest } from '../../../../runtime/manifest/index.ts'
import { adaptCoreModule } from '../../../toolchain/index.ts'
import { formatBytes } from '../../format.ts'
import { inspectComponent, type Inspection } from './inspect-component.ts'
import { manifestBeside } from '../../manifest-beside.ts'
import type { Verb } from '../../verb.ts'

export const verb: Verb = {
  name: 'inspect',
  summary: 'Show what a component imports, exports and needs.',
  usage: `Usage: mayfly inspect <file.wasm> [--json]

The file is a component, or a module for WASI 0.1. Prints size, core modules with what they use of WebAssembly
and what of that is charged or refused, the capabilities agent.json has to grant, and the world in WIT. With an
agent.json beside it that is its own, also the paths and hosts where it answers.

Options:
  --json  print one JSON object, with a JSON Schema for each function that mayfly call can call

Example:
  mayfly inspect dist/hello.wasm
`,
  options: { json: { type: 'boolean' } },
  async run({ values, positionals: [file, ...more] }) {
    if (file === undefined || more.length > 0) {
      throw new MayflyError('ERR_USAGE', 'Cannot inspect: one file is needed', {
        hint: 'mayfly inspect <file.wasm>',
      })
    }
    const bytes = read(file)
    const component = await adaptCoreModule(bytes)
    const runsAs: RunsAs = component === bytes ? 'component' : 'module for WASI 0.1'
    const inspection = { ...(await inspectComponent(component)), runsAs }
    const place = placeOf(file)
    console.log(
      values['json'] === true
        ? printableJson(JSON.stringify({ ...inspection, ...place }, undefined, 2))
        : printableLines(render(file, inspection, place)),
    )
    return 0
  },
}

function read(file: string): Uint8Array {
  try {
    return readFileSync(file)
  } catch (cause) {
    throw new MayflyError('ERR_USAGE', `Cannot read "${file}": no such file`, {
      cause,
      hint: 'Give the .wasm file that mayfly build wrote',
      facts: { file },
    })
  }
}

type Place = Pick<Manifest, 'route' | 'hosts'>

/** By the `agent.json` beside `file`; nothing without one. A broken one is for `mayfly serve` to complain of. */
function placeOf(file: string): Place {
  try {
    const { route, hosts } = manifestBeside(resolve(file)) ?? {}
    return { ...(route === undefined ? {} : { route }), ...(hosts === undefined ? {} : { hosts }) }
  } catch {
    return {}
  }
}

/** A module for WASI 0.1 runs as it is: what is shown is of the component that Mayfly makes of it. */
type RunsAs = 'component' | 'module for WASI 0.1'

function render(
  file: string,
  inspection: Inspection & { readonly runsAs: RunsAs },
  { route, hosts }: Place,
): string {
  const { runsAs, bytes, digest, modules, world, capabilities, turns, wit } = inspection
  const rows = [
    ...(runsAs === 'component'
      ? []
      : [['runs', `as it is, as a ${runsAs}; below is its component`]]),
    ['size', formatBytes(bytes)],
    ['digest', digest],
    ['core modules', modules.map(renderModule).join('\n')],
    ...(world === undefined ? [] : [['world', world]]),
    ...capabilityRows(capabilities),
    ['turns', TURNS[turns]],
    ...(route === undefined ? [] : [['route', route]]),
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
