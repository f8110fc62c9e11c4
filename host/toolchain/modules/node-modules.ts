/**
 * Modules of Node: those that an agent has are bundled where they are imported, the others are an error where they are
 * used, because many packages import them for a place that an agent never reaches.
 *
 * @module
 */
import { existsSync } from 'node:fs'
import { isBuiltin } from 'node:module'
import { dirname, isAbsolute, join, sep } from 'node:path'
import type { OnResolveArgs, OnResolveResult, Plugin, PluginBuild } from 'esbuild'
import { NODE_DIRECTORY, nodePackages } from '../package-files.ts'
import { absentSource, remedyFor, type AbsentModule } from './absent-module.ts'

const RESOLVING = Symbol('resolving')
const ABSENT = 'mayfly-absent-module'
const HELD = 'mayfly-node-module'
/** Names that packages under our modules have for modules of Node. */
const OWN_NAMES: Readonly<Record<string, string>> = {
  'process/': 'process',
  'string_decoder/': 'string_decoder',
}
/** Modules that are others under a second name. */
const SAME: Readonly<Record<string, string>> = { sys: 'util' }
/** What they import for places without it. */
const NEEDLESS = 'abort-controller'

export interface NodeModulesOptions {
  /** Absolute path of the folder of the agent. */
  readonly directory: string
  /** Names of packages that are left out. */
  readonly external: readonly string[]
}

export function nodeModules({ directory, external }: NodeModulesOptions): Plugin {
  return {
    name: 'mayfly-node-modules',
    setup(build) {
      const runtime = nodePackages()
      const isOfRuntime = (importer: string): boolean =>
        runtime.some((folder) => importer.startsWith(folder + sep))

      build.onResolve({ filter: /^[^./]/ }, async (args) => {
        if (args.pluginData === RESOLVING || isAbsolute(args.path)) return undefined
        if (isExternal(args.path, external)) {
          const remedy = `Take it out of "build.external" of agent.json to have it in the bundle`
          return absentOf(args, directory, remedy)
        }
        const inside = isOfRuntime(args.importer)
        // Our `AbortController` is there already.
        if (inside && args.path === NEEDLESS) return emptyModule(args.path)
        const name = (inside ? OWN_NAMES[args.path] : undefined) ?? args.path
        if (!isBuiltin(name)) return undefined
        const file = fileOf(name)
        const found = inside ? undefined : await packageOf(build, args)
        // As in Node, a package has not taken the name of a module that is there. A map of `browser` may have.
        const isPackage = found !== undefined && isOfPackage(found.path ?? '', name)
        if (found !== undefined && !(isPackage && file !== undefined)) return found
        if (file === undefined) return absentOf(args, directory, remedyFor(name))
        return { path: file, namespace: HELD, sideEffects: false }
      })
      build.onLoad({ filter: /./, namespace: HELD }, ({ path }) => ({
        // As Node has them: a function, or an object with names, of which one that is not there is undefined.
        contents: `module.exports = require(${JSON.stringify(path)}).default`,
        resolveDir: dirname(path),
      }))
      build.onLoad({ filter: /./, namespace: ABSENT }, ({ pluginData }) => ({
        contents:
          pluginData === undefined
            ? 'module.exports = {}'
            : absentSource(pluginData as AbsentModule),
        resolveDir: NODE_DIRECTORY,
      }))
    },
  }
}

/** What the project has of the name: a map of `browser`, or a package, as `events` and `buffer` are. */
async function packageOf(
  build: PluginBuild,
  { path, ...rest }: OnResolveArgs,
): Promise<OnResolveResult | undefined> {
  const found = await build.resolve(path, { ...rest, pluginData: RESOLVING })
  if (found.errors.length > 0) return undefined
  // A map of `browser` says that there is none.
  if (!isAbsolute(found.path)) return emptyModule(found.path)
  return existsSync(found.path) ? found : undefined
}

/** Whether the file at `path` is of the package `name`. */
function isOfPackage(path: string, name: string): boolean {
  return path.includes(`${sep}node_modules${sep}${name.split('/')[0]}${sep}`)
}

/** The file of ours that is the module. */
function fileOf(name: string): string | undefined {
  const plain = name.replace(/^node:/, '')
  const file = (SAME[plain] ?? plain).replaceAll(/[/_]/g, '-')
  const path = join(NODE_DIRECTORY, `${file}.ts`)
  return existsSync(path) ? path : undefined
}

function absentOf(
  { path, importer, kind }: OnResolveArgs,
  directory: string,
  remedy: string,
): OnResolveResult {
  const isTried = kind === 'dynamic-import' || kind === 'require-resolve'
  const pluginData: AbsentModule = { name: path, importer, directory, isTried, remedy }
  return {
    // Another module for each file that imports it, which its errors name.
    path: `${path} of ${importer} ${isTried ? '(tried)' : '(absent)'}`,
    namespace: ABSENT,
    pluginData,
    sideEffects: false,
  }
}

function emptyModule(path: string): OnResolveResult {
  return { path, namespace: ABSENT }
}

function isExternal(path: string, external: readonly string[]): boolean {
  return external.some((name) => path === name || path.startsWith(`${name}/`))
}
