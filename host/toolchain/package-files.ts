/**
 * The files of this package that a build reads: the WIT of the world, and the library agents import.
 *
 * @module
 */
import { existsSync, readdirSync, readFileSync, realpathSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

// Built, this file lies one folder deeper than as a source; either way the WIT is in a folder above it.
/** The folder of this package. */
export const PACKAGE_DIRECTORY: string = findRoot(dirname(fileURLToPath(import.meta.url)))

/** The name of the world in `wit/` that agents are built for. */
export const WORLD = 'agent'

/** The world of `witWithEvents`. */
export const EVENTS_WORLD = 'agent-with-events'

export const WIT_DIRECTORY: string = join(PACKAGE_DIRECTORY, 'wit')

/**
 * The version of the world before, without functions that wait by themselves: for toolchains that cannot bind those. Its
 * WIT lies in a folder of that name.
 */
export const FORMER_VERSION = '0.1.0'

export const GUEST_DIRECTORY: string = join(PACKAGE_DIRECTORY, 'components', 'guest')

/** Name of the library as one module of the engine. */
export const LIBRARY = 'mayfly:library'

/** Modules of Node, for agents that import them. */
export const NODE_DIRECTORY: string = join(GUEST_DIRECTORY, 'node')

const EVENT_INTERFACES = ['scheduled', 'consumer', 'functions'] as const

// Of package.json. One that is not imported is not read.
const NODE_PACKAGES = [
  'unenv',
  'readable-stream',
  'string_decoder',
  'events',
  '@noble/hashes',
  'pako',
]

/** Sources of our QuickJS component, apart from QuickJS itself. */
export const ENGINE_DIRECTORY: string = join(PACKAGE_DIRECTORY, 'components', 'quickjs')

/** Paths of the files in `ENGINE_DIRECTORY` that end up in components. */
export function engineFiles(): string[] {
  return readdirSync(ENGINE_DIRECTORY)
    .filter((name) => name.endsWith('.ts') && !name.endsWith('.d.ts') && !name.includes('.test.'))
    .toSorted()
    .map((name) => join(ENGINE_DIRECTORY, name))
}

/** Paths of the files in `GUEST_DIRECTORY` that the library for JavaScript agents is made of. */
export function libraryFiles(): string[] {
  const folders = ['.', 'web', 'extra', 'extra/crypto', 'extra/streams']
  return folders
    .map((folder) => join(GUEST_DIRECTORY, folder))
    .flatMap((folder) =>
      readdirSync(folder)
        .filter((name) => /\.[tj]s$/.test(name) && !/\.(d|as|test)\./.test(name))
        .toSorted()
        .map((name) => join(folder, name)),
    )
}

/** The folder with the WIT of the world, the current one or that of an earlier `version`. */
export function witDirectory(version?: string): string {
  return version === undefined ? WIT_DIRECTORY : join(WIT_DIRECTORY, version)
}

/** Real paths of the packages that the modules in `NODE_DIRECTORY` are made of. */
export function nodePackages(): readonly string[] {
  return (foundPackages ??= findPackages())
}

let foundPackages: readonly string[] | undefined

function findPackages(): string[] {
  const found = new Set<string>()
  const add = (name: string, from?: string): void => {
    const manifest = realpathSync(toolManifest(name, from))
    if (found.has(dirname(manifest))) return
    found.add(dirname(manifest))
    const { dependencies = {} } = JSON.parse(readFileSync(manifest, 'utf8')) as {
      dependencies?: Readonly<Record<string, string>>
    }
    for (const each of Object.keys(dependencies)) add(each, manifest)
  }
  for (const name of NODE_PACKAGES) add(name)
  return [...found]
}

/** Paths of the WIT files. */
export function witFiles(version?: string): string[] {
  const directory = witDirectory(version)
  return readdirSync(directory)
    .filter((name) => name.endsWith('.wit'))
    .toSorted()
    .map((name) => join(directory, name))
}

/** All WIT as one text, for tools that take no folder. */
export function witSource(version?: string): string {
  const texts = witFiles(version).map((path) => readFileSync(path, 'utf8'))
  // `package` has to come first, and one file has it.
  return texts.toSorted((a, b) => Number(hasPackage(b)) - Number(hasPackage(a))).join('\n')
}

/**
 * The WIT with a second world, which exports also what the host calls without a request: `scheduled`, `consumer` and
 * `functions`. It is no file, because tools that are given the folder would ask which of two worlds is meant.
 */
export function witWithEvents(): string {
  const exported = EVENT_INTERFACES.map((name) => `export ${name};`)
  return `${witSource()}\nworld ${EVENTS_WORLD} { include ${WORLD}; ${exported.join(' ')} }\n`
}

/** Interfaces the world imports, as a component names them: `mayfly:agent/kv@0.2.0`. */
export function importedInterfaces(of?: string): string[] {
  const source = witSource(of)
  const [, name = '', version = ''] = /^package\s+([\w:-]+)@([\w.-]+);/m.exec(source) ?? []
  const world = source.slice(source.indexOf(`world ${WORLD} {`))
  return [...world.matchAll(/^\s*import\s+([\w-]+);/gm)].map(
    ([, face = '']) => `${name}/${face}@${version}`,
  )
}

/** An interface that agents export, which stands in the package of the imported ones. */
export function exportedInterface(
  name: 'handler' | (typeof EVENT_INTERFACES)[number] = 'handler',
): string {
  const [imported = ''] = importedInterfaces()
  return imported.replace(/\/[^@]*/, `/${name}`)
}

/** Path of the `package.json` of a tool: it changes whenever the tool does. */
export function toolManifest(packageName: string, from?: string): string {
  const path = findPackage(packageName, from)
  if (path !== undefined) return path
  throw new Error(`Cannot find package "${packageName}": not installed beside Mayfly`)
}

/**
 * Path of the `package.json` of a package, if it is installed.
 *
 * @param from - a file or a `file:` URL that would import it
 */
export function findPackage(name: string, from: string = import.meta.url): string | undefined {
  // Of any package: there are none for the name of a module of Node, as `buffer` is.
  const folders = createRequire(from).resolve.paths('mayfly') ?? []
  return folders
    .map((folder) => join(folder, name, 'package.json'))
    .find((path) => existsSync(path))
}

function hasPackage(text: string): boolean {
  return /^package\s/m.test(text)
}

function findRoot(start: string): string {
  let folder = start
  while (!existsSync(join(folder, 'wit', 'world.wit'))) {
    const parent = dirname(folder)
    if (parent === folder) throw new Error('Cannot find the folder "wit" of Mayfly: not installed')
    folder = parent
  }
  return folder
}
