/**
 * Bundles an agent into one JavaScript module: with the guest library, so that its only imports are the
 * host's, or without, for an engine that has the library already. And bundles the library for that engine.
 *
 * @module
 */
import { existsSync } from 'node:fs'
import { isBuiltin } from 'node:module'
import { dirname, isAbsolute, join, resolve } from 'node:path'
import type { BuildFailure, BuildOptions, BuildResult, Message, Plugin } from 'esbuild'
import { buildError, type SourceProblem } from './build-error.ts'
import { GUEST_DIRECTORY } from './package-files.ts'
import { toShown } from './shown-path.ts'

export interface BundleOptions {
  readonly agent: string
  /** Absolute path of the agent's source. */
  readonly source: string
  /** Syntax the engine lacks, in esbuild's words. What esbuild cannot rewrite fails where it is used. */
  readonly unsupported?: readonly string[]
  /**
   * Whether the guest library becomes part of the module or is imported by it.
   *
   * @default 'inside'
   */
  readonly library?: 'inside' | 'outside'
}

export interface Bundle {
  readonly code: string
  /** As a JSON text. Paths in it are absolute. */
  readonly sourceMap: string
  /** Absolute paths of every file read. */
  readonly inputs: readonly string[]
}

export interface LibraryBundle {
  readonly code: string
  /** Names it exports. */
  readonly exports: readonly string[]
}

/** Name of the library as one module. */
export const LIBRARY = 'mayfly:library'

const ENTRY = 'mayfly:entry'
const HOST_INTERFACE = /^(mayfly:agent|wasi:[\w-]+)\//
const GUEST = /^mayfly\/guest(\/.*)?$/

/**
 * Bundles the agent at `source`.
 *
 * @throws {MayflyError} ERR_BUILD_FAILED for what does not parse or resolve
 */
export async function bundle({
  agent,
  source,
  unsupported = [],
  library = 'inside',
}: BundleOptions): Promise<Bundle> {
  const directory = dirname(source)
  const entrySource = [
    // The library first: it brings the Web APIs that the agent's modules use while they load.
    ...(library === 'inside' ? ["import 'mayfly/guest/globals'"] : []),
    `import agent from ${JSON.stringify(source)}`,
    "import { serve } from 'mayfly/guest/serve'",
    'export const handler = serve(agent)',
  ]
  try {
    const result = await run(directory, entrySource, {
      supported: Object.fromEntries(unsupported.map((feature) => [feature, false])),
      sourcemap: 'external',
      sourcesContent: false,
      plugins: [guest(library), builtins()],
    })
    const file = (ending: string): string =>
      result.outputFiles.find(({ path }) => path.endsWith(ending))?.text ?? ''
    return {
      code: file('.js'),
      sourceMap: file('.js.map'),
      inputs: Object.keys(result.metafile.inputs)
        .filter((path) => !path.startsWith(`${ENTRY_NAMESPACE}:`))
        .map((path) => resolve(directory, path)),
    }
  } catch (error) {
    if (!isBuildFailure(error)) throw error
    throw buildError(
      agent,
      error.errors.map((message) => toProblem(message, source)),
      {
        ...hintOf(error.errors),
        cause: error,
      },
    )
  }
}

/**
 * Bundles the library: importing the module puts the Web APIs in place. `substitutes` are files that stand in
 * for others, both relative to its folder.
 */
export async function bundleLibrary(
  substitutes: Readonly<Record<string, string>>,
): Promise<LibraryBundle> {
  const entrySource = [
    "import './globals.ts'",
    "export * from './index.ts'",
    "export { serve } from './serve.ts'",
  ]
  const { outputFiles, metafile } = await run(GUEST_DIRECTORY, entrySource, {
    plugins: [standIns(substitutes)],
  })
  const [output] = Object.values(metafile.outputs)
  return { code: outputFiles[0]?.text ?? '', exports: output?.exports ?? [] }
}

type Result = BuildResult<{ write: false; metafile: true }>

/** Bundles a module of the lines `entrySource` in `directory`. */
async function run(
  directory: string,
  entrySource: readonly string[],
  { plugins = [], ...options }: BuildOptions,
): Promise<Result> {
  const { build } = await import('esbuild')
  return build({
    ...options,
    entryPoints: [ENTRY],
    outfile: join(directory, 'agent.js'),
    absWorkingDir: directory,
    bundle: true,
    write: false,
    metafile: true,
    format: 'esm',
    platform: 'neutral',
    mainFields: ['module', 'main'],
    // `worker` before `browser`: the libraries that tell them apart mean by it a place without a DOM.
    conditions: ['worker', 'module'],
    target: 'es2023',
    legalComments: 'none',
    logLevel: 'silent',
    define: { 'process.env.NODE_ENV': '"production"' },
    plugins: [entry(directory, entrySource), host(), ...plugins],
  })
}

const ENTRY_NAMESPACE = 'mayfly-entry'

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

function guest(library: 'inside' | 'outside'): Plugin {
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
        if (library === 'outside') return { path, external: true }
        return { path: join(GUEST_DIRECTORY, `${name}.ts`) }
      })
    },
  }
}

function standIns(substitutes: Readonly<Record<string, string>>): Plugin {
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

/** Says what is missing where esbuild would say that a name did not resolve. */
function builtins(): Plugin {
  return {
    name: 'mayfly-builtins',
    setup(build) {
      build.onResolve({ filter: /^[^./]/ }, async ({ path, pluginData, ...rest }) => {
        if (pluginData === RESOLVING || isAbsolute(path) || !isBuiltin(path)) return undefined
        // A package may have taken the name of a module of Node, as `events` and `buffer` did.
        if (!path.startsWith('node:')) {
          const found = await build.resolve(path, { ...rest, pluginData: RESOLVING })
          if (found.errors.length === 0 && existsSync(found.path)) return found
        }
        return {
          errors: [
            { text: `Cannot import "${path}": an agent runs without Node.js`, detail: BUILTIN },
          ],
        }
      })
    },
  }
}

const RESOLVING = Symbol('resolving')
const BUILTIN = Symbol('builtin')

function hintOf(errors: readonly Message[]): { hint?: string } {
  if (!errors.some(({ detail }) => detail === BUILTIN)) return {}
  return {
    hint: 'Use Web APIs (fetch, URL, crypto) and the env of the handler (kv, config, log) instead',
  }
}

function toProblem({ text, location }: Message, source: string): SourceProblem {
  if (location === null) return { message: text }
  if (location.file.startsWith(ENTRY_NAMESPACE)) {
    // The entry imports two modules of the library, which are there, and the default export of the agent.
    return {
      message: 'no default export: export default { fetch(request) { … } }',
      file: toShown(source),
    }
  }
  return {
    message: text,
    file: toShown(resolve(dirname(source), location.file)),
    line: location.line,
    column: location.column + 1,
    lineText: location.lineText,
  }
}

function isBuildFailure(error: unknown): error is BuildFailure {
  return error instanceof Error && 'errors' in error && Array.isArray(error.errors)
}
