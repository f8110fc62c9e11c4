/**
 * Types of what a manifest grants, for the editor and the compiler of an agent in TypeScript: one file beside agent.json.
 *
 * They say names and nothing of values, so that no configuration and no secret gets into them.
 *
 * @module
 */
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join, relative, sep } from 'node:path'
import type { Manifest } from '../../runtime/manifest/index.ts'
import { replaceFileSync } from '../files/index.ts'
import { loadManifest } from '../toolchain/index.ts'

/** The file that `refreshTypes` writes. */
export const TYPES_FILE = 'mayfly-env.d.ts'

/** What `refreshTypes` takes beside a folder. */
export interface RefreshTypesOptions {
  /**
   * Whether to compare only, and write nothing.
   *
   * @default false
   */
  check?: boolean
  /**
   * Folder out of which nothing is read.
   *
   * @default as `loadManifest` finds it
   */
  root?: string | undefined
}

/** What `refreshTypes` has found. */
export interface RefreshedTypes {
  /** Absolute path of the file of types. */
  readonly file: string
  /** Whether the file was missing, or another one than the manifest makes. */
  readonly wasStale: boolean
}

/**
 * Writes the types of the agent at `path`, a folder or an agent.json. A file that is right is not touched, so that nothing
 * that watches it begins anew.
 *
 * @throws {MayflyError} ERR_USAGE when there is no manifest, ERR_MANIFEST_INVALID
 */
export function refreshTypes(
  path: string,
  { check = false, root }: RefreshTypesOptions = {},
): RefreshedTypes {
  const { manifest, directory } = loadManifest(path, { root })
  const file = join(directory, TYPES_FILE)
  const text = typesOf(manifest, directory)
  const wasStale = !existsSync(file) || readFileSync(file, 'utf8') !== text
  // A link of that name may lead to any file of this user.
  if (wasStale && !check) replaceFileSync(file, text)
  return { file, wasStale }
}

/** The declarations for an agent in `directory`. */
export function typesOf({ capabilities }: Manifest, directory: string): string {
  const { config = {}, kv = {}, queue = {}, tools = {}, secrets = {} } = capabilities
  const lines = [
    ...group('config', config, () => 'string'),
    ...group('kv', kv, ({ access }) => JSON.stringify(access)),
    ...group('queue', queue, () => 'true'),
    ...group('tools', toolTypes(tools, directory), (type) => type),
    ...group('secrets', secrets, ({ use = [], readable = false }) => {
      const uses = use.length === 0 ? 'never' : use.map((each) => JSON.stringify(each)).join(' | ')
      return `{ use: ${uses}; readable: ${readable} }`
    }),
  ]
  return `// What agent.json grants, as types. Written by mayfly types: changes here are lost.
declare namespace Mayfly {
  interface Grants {
${lines.join('\n')}
  }
}
`
}

/** A property of `Grants`, with a line for each name in the order of their characters. */
function group<Value>(
  name: string,
  values: Readonly<Record<string, Value>>,
  typeOf: (value: Value) => string,
): string[] {
  const names = Object.entries(values).toSorted(([a], [b]) => (a < b ? -1 : 1))
  if (names.length === 0) return [`    ${name}: {}`]
  const lines = names.map(([key, value]) => `      ${JSON.stringify(key)}: ${typeOf(value)}`)
  return [`    ${name}: {`, ...lines, '    }']
}

/** The types `Input` and `Output` that the source of a tool exports, where it is found and does. */
function toolType(agent: string, directory: string): string {
  const source = siblingSource(agent, directory)
  const text = source === undefined ? '' : readFileSync(source, 'utf8')
  const typeOf = (name: string): string =>
    source !== undefined && exportsType(text, name)
      ? `import(${JSON.stringify(importPath(directory, source))}).${name}`
      : 'unknown'
  return `{ input: ${typeOf('Input')}; output: ${typeOf('Output')} }`
}

/** By name, and by name and function. */
function toolTypes(
  tools: NonNullable<Manifest['capabilities']['tools']>,
  directory: string,
): Record<string, string> {
  const types = Object.entries(tools).flatMap(([name, { agent, functions = [] }]) => [
    [name, toolType(agent, directory)],
    ...functions.map((each) => [`${name}#${each}`, functionType(agent, each, directory)]),
  ])
  return Object.fromEntries(types)
}

/** The types of a function that the source of a tool exports as one of its `functions`, where it is found and does. */
function functionType(agent: string, name: string, directory: string): string {
  const source = DECLARED.test(name) ? siblingSource(agent, directory) : undefined
  if (source === undefined || !EXPORTS_FUNCTIONS.test(readFileSync(source, 'utf8')))
    return '{ input: unknown; output: unknown }'
  const path = JSON.stringify(importPath(directory, source))
  const declared = `(typeof import(${path}))["functions"][${JSON.stringify(name)}]`
  const typeOf = (kind: string): string => `import(${LIBRARY}).${kind}<${declared}>`
  return `{ input: ${typeOf('InputOf')}; output: ${typeOf('OutputOf')} }`
}

const LIBRARY = JSON.stringify('mayfly/guest')
const EXPORTS_FUNCTIONS = /^export const functions\b/m
// Others are exported by components.
const DECLARED = /^[A-Za-z][\w-]*$/

function exportsType(text: string, name: string): boolean {
  return new RegExp(`^export (?:declare )?(?:interface|type) ${name}\\b`, 'm').test(text)
}

/** The TypeScript source of the agent `name` in a folder beside this one. */
function siblingSource(name: string, directory: string): string | undefined {
  const folder = join(dirname(directory), name)
  if (!existsSync(join(folder, 'agent.json'))) return undefined
  const { manifest } = loadManifest(folder)
  const { source } = manifest
  if (manifest.name !== name || source === undefined || !/(?<!\.as)\.[mc]?ts$/.test(source))
    return undefined
  const path = join(folder, source)
  return existsSync(path) ? path : undefined
}

function importPath(directory: string, source: string): string {
  return relative(directory, source).split(sep).join('/')
}
