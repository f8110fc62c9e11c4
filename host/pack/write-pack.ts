/**
 * Packs agents and writes their files into a folder.
 *
 * @module
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync, constants } from 'node:zlib'
import { MayflyError } from '../../runtime/errors/index.ts'
import type { Manifest } from '../../runtime/manifest/index.ts'
import { packComponent, type PackComponentOptions } from '../../runtime/presets/index.ts'
import { bundleProgram } from './bundle-program.ts'
import {
  IMPORT_OF_INDEX,
  indexOf,
  programFileOf,
  programOf,
  settingsOf,
  typesOf,
  type PackTarget,
} from './targets.ts'

export interface WritePackOptions {
  readonly agents: readonly { readonly manifest: Manifest; readonly component: Uint8Array }[]
  readonly target: PackTarget
  /** Made if it is not there. Files of the same names are replaced. */
  readonly directory: string
  /**
   * Keeps rewritten modules between runs.
   *
   * @default none
   */
  readonly codeStore?: PackComponentOptions['codeStore']
}

/** What was written. */
export interface WrittenPack {
  readonly agents: readonly {
    readonly name: string
    /** Of its JSON and its pages, as they lie there. */
    readonly bytes: number
  }[]
  /** How many there are, and their bytes. Agents of one toolchain share them. */
  readonly modules: { readonly count: number; readonly bytes: number }
  /** The file to start; for a browser, to import. */
  readonly program: string
}

// Clocks stand still there while a guest computes, so that no deadline is noticed.
const WITHOUT_CLOCK: readonly PackTarget[] = ['workerd']
const MAX_GZIP = { level: constants.Z_BEST_COMPRESSION }

/** @throws {MayflyError} ERR_USAGE, ERR_BUILD_FAILED, and as `packComponent` does */
export async function writePack({
  agents,
  target,
  directory,
  codeStore,
}: WritePackOptions): Promise<WrittenPack> {
  requireNames(agents)
  for (const { manifest } of agents) requirePackable(manifest, target)
  mkdirSync(join(directory, 'agents'), { recursive: true })
  mkdirSync(join(directory, 'modules'), { recursive: true })
  const modules = new Map<string, number>()
  const sizes = []
  for (const { manifest, component } of agents) {
    const { name } = manifest
    const pack = await packComponent({ component, manifest, codeStore })
    const text = JSON.stringify(pack.agent)
    const pages = gzipSync(pack.pages, MAX_GZIP)
    writeFileSync(join(directory, 'agents', `${name}.json`), text)
    writeFileSync(join(directory, 'agents', `${name}.pages.gz`), pages)
    for (const [sha256, bytes] of pack.modules) {
      if (!modules.has(sha256)) writeFileSync(join(directory, 'modules', `${sha256}.wasm`), bytes)
      modules.set(sha256, bytes.length)
    }
    sizes.push({ name, bytes: text.length + pages.length })
  }
  const names = {
    agents: agents.map(({ manifest }) => manifest.name),
    modules: [...modules.keys()],
    variables: [...new Set(agents.flatMap(({ manifest }) => variablesOf(manifest)))].sort(),
  }
  const files = {
    'index.js': indexOf(target, names),
    'index.d.ts': typesOf(names),
    ...settingsOf(target, names),
  }
  for (const [file, text] of Object.entries(files)) writeFileSync(join(directory, file), text)
  return {
    agents: sizes,
    modules: {
      count: modules.size,
      bytes: [...modules.values()].reduce((sum, bytes) => sum + bytes, 0),
    },
    program: await writeProgram(target, directory, files['index.js']),
  }
}

async function writeProgram(target: PackTarget, directory: string, index: string): Promise<string> {
  const program = programOf(target)
  const file = programFileOf(target)
  // One module with its imports: a configuration of workerd then names no other code.
  const whole =
    target === 'workerd' ? program.replace(IMPORT_OF_INDEX, () => asConstant(index)) : program
  writeFileSync(join(directory, file), await bundleProgram(whole, target))
  return file
}

function asConstant(index: string): string {
  return index.replace('export default', 'const pack =')
}

/** The variables of the environment that the manifest names. */
function variablesOf({ capabilities }: Manifest): string[] {
  const values = Object.values(capabilities.config ?? {})
  const named = values.flatMap((value) => (typeof value === 'string' ? [] : [value.env]))
  return [...named, ...Object.keys(capabilities.secrets ?? {})]
}

/** @throws {MayflyError} ERR_USAGE */
function requireNames(agents: WritePackOptions['agents']): void {
  const names = new Set<string>()
  for (const { manifest } of agents) {
    if (names.has(manifest.name))
      throw new MayflyError('ERR_USAGE', `Cannot pack two agents called "${manifest.name}"`, {
        hint: 'Give each agent of a pack a name of its own, in agent.json',
      })
    names.add(manifest.name)
  }
}

/** @throws {MayflyError} ERR_USAGE for an agent that asks for more than a packed one has */
function requirePackable({ name, limits, assets }: Manifest, target: PackTarget): void {
  if (assets !== undefined)
    throw new MayflyError(
      'ERR_USAGE',
      `Cannot pack agent "${name}": it has assets, which are not packed`,
      {
        hint: 'Have the platform serve these files, and take "assets" out of agent.json',
      },
    )
  if (!WITHOUT_CLOCK.includes(target)) return
  if (limits.metering !== 'fuel')
    throw new MayflyError(
      'ERR_USAGE',
      `Cannot pack agent "${name}" for ${target}: it counts no fuel`,
      {
        hint: 'Take "metering" out of limits in agent.json',
      },
    )
  if (limits.fuel === undefined)
    throw new MayflyError(
      'ERR_USAGE',
      `Cannot pack agent "${name}" for ${target}: it has no limits.fuel, and a clock that stands still ends no loop`,
      { hint: 'Add "fuel": 1000000000 to limits in agent.json' },
    )
}
