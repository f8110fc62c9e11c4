/**
 * Runs esbuild, and provides modules that an agent imports and that are not its own files.
 *
 * @module
 */
import { dirname, join, sep } from 'node:path'
import type { BuildOptions, BuildResult, Plugin } from 'esbuild'
import {
  FORMER_VERSION,
  GUEST_DIRECTORY,
  importedInterfaces,
  NODE_DIRECTORY,
} from './package-files.ts'

/** The output of a build, in memory. */
export type Result = BuildResult<{ write: false; metafile: true }>

/** Fields of a package.json that name its main file, the first that is there. */
export const MAIN_FIELDS: readonly string[] = ['browser', 'module', 'main']
/**
 * Conditions of `exports` that hold beside `import`, `require` and `default`. Of those that a package names, the first in
 * its own order decides.
 */
export const CONDITIONS: readonly string[] = [
  'workerd',
  'worker',
  'edge-light',
  'browser',
  'module',
]
const ENTRY = 'mayfly:entry'
const HOST_INTERFACE = /^(mayfly:agent|wasi:[\w-]+)\//
/** The part of the library that the modules of Node import, as the engine has it. */
export const NODE_HOST = 'mayfly/guest/node-host'
const GUEST = /^mayfly\/guest(\/.*)?$/

/** Bundles a module of the lines `entrySource` in `directory`. */
export async function run(
  directory: string,
  entrySource: readonly string[],
  { plugins = [], ...options }: BuildOptions,
): Promise<Result> {
  return runEntry(ENTRY, directory, {
    ...options,
    plugins: [entry(directory, entrySource), ...plugins, host()],
  })
}

/** Bundles the module `source`. */
export async function runFile(
  source: string,
  { plugins = [], ...options }: BuildOptions,
): Promise<Result> {
  return runEntry(source, dirname(source), { ...options, plugins: [...plugins, host()] })
}

async function runEntry(
  entryPoint: string,
  directory: string,
  options: BuildOptions,
): Promise<Result> {
  const { build } = await import('esbuild')
  return build({
    conditions: [...CONDITIONS],
    ...options,
    entryPoints: [entryPoint],
    outfile: join(directory, 'agent.js'),
    absWorkingDir: directory,
    bundle: true,
    write: false,
    metafile: true,
    format: 'esm',
    // Has the maps of `browser` in package.json hold.
    platform: 'browser',
    mainFields: [...MAIN_FIELDS],
    target: 'es2023',
    legalComments: 'none',
    logLevel: 'silent',
  })
}

/** Of the module that `run` is given as lines. */
export const ENTRY_NAMESPACE = 'mayfly-entry'

/** The module the engine evaluates: the agent's default export, made into the export of the world. */
function entry(directory: string, lines: readonly string[]): Plugin {
  return {
    name: 'mayfly-entry',
    setup(build) {
      build.onResolve({ filter: new RegExp(`^${ENTRY}$`) }, () => ({
        path: 'entry',
        namespace: ENTRY_NAMESPACE,
      }))
      build.onLoad({ filter: /./, namespace: ENTRY_NAMESPACE }, () => ({
        contents: lines.join('\n'),
        resolveDir: directory,
      }))
    },
  }
}

function host(): Plugin {
  return {
    name: 'mayfly-host',
    setup(build) {
      build.onResolve({ filter: HOST_INTERFACE }, ({ path }) => ({ path, external: true }))
    },
  }
}

/** Finds the guest library, or leaves it to the engine. */
export function guest(library: 'inside' | 'outside'): Plugin {
  return {
    name: 'mayfly-guest',
    setup(build) {
      build.onResolve({ filter: GUEST }, ({ path, namespace }) => {
        const name = GUEST.exec(path)?.[1]?.slice(1) ?? 'index'
        if (name !== 'index' && namespace !== ENTRY_NAMESPACE) {
          return {
            errors: [{ text: `Could not resolve "${path}": the library is "mayfly/guest"` }],
          }
        }
        // Few agents need these, so they are not part of the library.
        if (library === 'outside' && !APART.includes(name)) return { path, external: true }
        return { path: join(GUEST_DIRECTORY, `${name}.ts`) }
      })
      build.onResolve({ filter: /^\.\.\/node-host\.ts$/ }, ({ resolveDir }) =>
        library === 'outside' && resolveDir === NODE_DIRECTORY
          ? { path: NODE_HOST, external: true }
          : undefined,
      )
      build.onResolve({ filter: HOST_INTERFACE }, ({ path, importer }) => {
        const [face = '', version] = path.split('@')
        if (!face.startsWith('mayfly:') || version === undefined) return undefined
        if (library === 'outside')
          return version === FORMER_VERSION ? otherVersion(face) : undefined
        // The library is written for the engine that has it: the engines that do not have the version before.
        if (!importer.startsWith(GUEST_DIRECTORY + sep)) return undefined
        const former = `${face}@${FORMER_VERSION}`
        const isThere = importedInterfaces(FORMER_VERSION).includes(former)
        if (version === FORMER_VERSION || isThere) return { path: former, external: true }
        return { path: former, namespace: ABSENT_NAMESPACE }
      })
      // An interface that came later: its functions are undefined.
      build.onLoad({ filter: /./, namespace: ABSENT_NAMESPACE }, () => ({ contents: '' }))
    },
  }
}

/** The modules that run programs and service workers, and that of locales. */
const APART = ['javy', 'service', 'intl/index']
const ABSENT_NAMESPACE = 'mayfly-absent'

function otherVersion(face: string): { errors: { text: string }[] } {
  const own = importedInterfaces().find((each) => each.startsWith(`${face}@`))
  const hint = own === undefined ? 'which has it no more' : `with "${own}"`
  return {
    errors: [
      { text: `Could not resolve "${face}@${FORMER_VERSION}": this engine is built ${hint}` },
    ],
  }
}

/** Has files of the library replaced by others, both relative to its folder. */
export function standIns(substitutes: Readonly<Record<string, string>>): Plugin {
  const paths = new Map(
    Object.entries(substitutes).map((pair) => {
      const [file = '', other = ''] = pair.map((name) => join(GUEST_DIRECTORY, name))
      return [file, other] as const
    }),
  )
  return {
    name: 'mayfly-stand-ins',
    setup(build) {
      build.onResolve({ filter: /^\.{1,2}\// }, ({ path, resolveDir }) => {
        const other = paths.get(join(resolveDir, path))
        return other === undefined ? undefined : { path: other }
      })
    },
  }
}
