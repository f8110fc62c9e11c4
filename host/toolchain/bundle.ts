/**
 * Bundles an agent into one JavaScript module: with the guest library, so that its only imports are the
 * host's, or without, for an engine that has the library already. And bundles the library for that engine.
 *
 * @module
 */
import { readFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import type { BuildFailure, BuildOptions, Message, Plugin } from 'esbuild'
import type { MayflyError } from '../../runtime/errors/index.ts'
import type { BuildSettings } from '../../runtime/manifest/index.ts'
import { buildError, type SourceProblem } from './build-error.ts'
import { FENCE_HINT, OUTSIDE, type Fence } from './fence/index.ts'
import {
  CONDITIONS,
  guest,
  run,
  runFile,
  standIns,
  type Result,
  ENTRY_NAMESPACE,
} from './esbuild.ts'
import { functionLines } from './exported-functions.ts'
import { eventsOf, extras, extrasOf, LEGACY_ENCODINGS } from './extra-globals.ts'
import { findProgram } from './javy-program.ts'
import {
  emptyGenerators,
  fileKinds,
  fileOfInput,
  KINDS,
  nodeModules,
  earlierFiles,
  missingFiles,
  optionFiles,
  pagePackages,
} from './modules/index.ts'
import { missingPackagesHint } from './missing-packages.ts'
import { GUEST_DIRECTORY, NODE_DIRECTORY } from './package-files.ts'
import { toShown } from './shown-path.ts'
import { withStableNames } from './stable-names.ts'

export interface BundleOptions {
  readonly agent: string
  /** Absolute path of the agent's source. */
  readonly source: string
  /**
   * How modules are found and read: `build` of agent.json.
   *
   * @default as without it
   */
  readonly settings?: BuildSettings
  /** Decides which files may be read. */
  readonly fence: Fence
  /**
   * What the manifest has the host call beside requests: `scheduled`, `consumer`.
   *
   * @default none
   */
  readonly events?: readonly string[]
  /** Syntax the engine lacks, in esbuild's words. Syntax that esbuild cannot rewrite fails where it is used. */
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
  /** As a JSON text. Paths in it are relative to the folder of the source. */
  readonly sourceMap: string
  /** Absolute paths of every file read, and of those that would have been read if they were there. */
  readonly inputs: readonly string[]
  /** Whether the agent exports functions. */
  readonly hasFunctions: boolean
}

export interface LibraryBundle {
  readonly code: string
  /** Names it exports. */
  readonly exports: readonly string[]
}

/**
 * Bundles the agent at `source`.
 *
 * @throws {MayflyError} ERR_BUILD_FAILED for source that does not parse or an import that does not resolve
 */
export async function bundle({
  agent,
  source,
  settings = {},
  fence,
  events = [],
  unsupported = [],
  library = 'inside',
}: BundleOptions): Promise<Bundle> {
  try {
    const build = { source, settings, fence }
    const isApart = library === 'outside'
    const plugins = [
      extras(library),
      guest(library),
      ...(isApart ? [] : [standIns({ 'node/web-apis.ts': 'globals.ts' })]),
    ]
    const options = optionsOf({ ...build, unsupported, plugins })
    // The library first: it brings the Web APIs that the agent's modules use while they load.
    const globals = [...(isApart ? [] : ["import 'mayfly/guest/globals'"]), ...eventsOf(events)]
    const functions = await functionLines(source, options)
    if (functions !== undefined && !isApart) throw withoutFunctions(agent, source)
    const result = await refined(build, options, (each, added = []) => {
      const first = [
        ...globals,
        ...added.filter((line) => isApart || !OF_OUR_ENGINE.includes(line)),
      ]
      return functions === undefined
        ? buildEither(source, first, each)
        : run(dirname(source), [...first, ...functions], each)
    })
    return { ...toBundle(result, build), hasFunctions: functions !== undefined }
  } catch (error) {
    throw explain(error, { agent, source, fence })
  }
}

/** Bundles the files at `source` as they are: for an engine that brings all they need. */
export async function bundleAlone({
  agent,
  source,
  settings = {},
  fence,
  unsupported = [],
}: Omit<BundleOptions, 'library' | 'events'>): Promise<Bundle> {
  try {
    const build = { source, settings, fence }
    // What the modules of Node use of the library is there without the host.
    const plugins = [standIns({ 'node-host.ts': 'node/no-host.ts' })]
    const options = optionsOf({ ...build, unsupported, plugins })
    return toBundle(await refined(build, options, (each) => runFile(source, each)), build)
  } catch (error) {
    throw explain(error, { agent, source, fence })
  }
}

type BuildContext = Required<Pick<BundleOptions, 'source' | 'settings' | 'fence'>>

function optionsOf({
  source,
  settings,
  fence,
  unsupported,
  plugins,
}: BuildContext & {
  readonly unsupported: readonly string[]
  readonly plugins: Plugin[]
}): BuildOptions {
  const { alias, conditions = [], define = {}, external = [], loader = {} } = settings
  const defined = Object.entries(define).map(([name, value]) => [name, JSON.stringify(value)])
  return {
    supported: Object.fromEntries(unsupported.map((feature) => [feature, false])),
    sourcemap: 'external',
    sourcesContent: false,
    conditions: [...CONDITIONS, ...conditions],
    ...(alias === undefined ? {} : { alias: { ...alias } }),
    define: { ...DEFINED, ...Object.fromEntries(defined) },
    loader: { ...KINDS, ...loader },
    plugins: [
      fileKinds({ fence, directory: dirname(source), loader }),
      ...plugins,
      nodeModules({ directory: dirname(source), external }),
      pagePackages(),
    ],
  }
}

const DEFINED = { 'process.env.NODE_ENV': '"production"', global: 'globalThis' }
const ASYNC_HOOKS = join(NODE_DIRECTORY, 'async-hooks.ts')
// No property, and no part of a path. What else matches costs a second pass, in which esbuild knows better.
const GLOBALS = /(?<![.\w$/-])(?:Buffer|process|setImmediate|clearImmediate)(?![\w$/-])/
/** Async functions become generators, whose helper calls `then`: the engine's own `await` does not. */
const WITHOUT_ASYNC = { 'async-await': false, 'async-generator': false, 'for-await': false }

// Its objects would be in the image of every agent.
const LOCALES = "import 'mayfly/guest/intl/index'"
/** They call an interface that other engines do not have. */
const OF_OUR_ENGINE = [LOCALES, LEGACY_ENCODINGS]
const USES_LOCALES = /\bIntl\b|\btoLocale|\blocaleCompare\b/

/**
 * Builds, and builds again if the bundle needs what few do: names that are global in Node, contexts across `await`, or
 * parts of the library that are no part of every agent. These are given as lines of an entry.
 */
async function refined(
  { source }: BuildContext,
  options: BuildOptions,
  build: (options: BuildOptions, added?: readonly string[]) => Promise<Result>,
): Promise<Result> {
  const first = await build(options)
  const code = codeOf(first, dirname(source))
  const hasContexts = hasModule(first, dirname(source), ASYNC_HOOKS)
  const hasNames = hasContexts || GLOBALS.test(code)
  const added = [...(USES_LOCALES.test(code) ? [LOCALES] : []), ...extrasOf(code)]
  if (!hasNames && added.length === 0) return first
  const again = {
    ...options,
    ...(hasNames ? { inject: [join(NODE_DIRECTORY, 'names.ts')] } : {}),
    ...(hasContexts
      ? {
          supported: { ...options.supported, ...WITHOUT_ASYNC },
          plugins: [...(options.plugins ?? []), emptyGenerators()],
        }
      : {}),
  }
  return build(again, added)
}

/** Whether the bundle has code of the module at `path`. */
function hasModule({ metafile }: Result, directory: string, path: string): boolean {
  return Object.values(metafile.outputs).some(({ inputs }) =>
    Object.keys(inputs).some((input) => resolve(directory, input) === path),
  )
}

function toBundle(result: Result, { source, fence }: BuildContext): Bundle {
  const modules = Object.keys(result.metafile.inputs).flatMap((input) => {
    const name = fileOfInput(input)
    return name === undefined ? [] : [resolve(dirname(source), name)]
  })
  return {
    code: codeOf(result, dirname(source)),
    sourceMap: result.outputFiles.find(({ path }) => path.endsWith('.js.map'))?.text ?? '',
    hasFunctions: false,
    inputs: [
      ...new Set([
        ...modules,
        ...optionFiles(modules, fence),
        ...earlierFiles(result.metafile, dirname(source), fence.root),
      ]),
    ],
  }
}

function codeOf({ outputFiles, metafile }: Result, directory: string): string {
  const text = outputFiles.find(({ path }) => path.endsWith('.js'))?.text ?? ''
  return withStableNames(text, Object.keys(metafile.inputs), directory)
}

function explain(
  error: unknown,
  { agent, source, fence }: Pick<BundleOptions, 'agent' | 'source' | 'fence'>,
): unknown {
  if (!isBuildFailure(error)) return error
  fence.note(missingFiles(error.errors, dirname(source)))
  const problems = error.errors.map((message) => toProblem(message, source, fence))
  return buildError(agent, problems, { ...hintOf(error.errors, source, fence), cause: error })
}

function withoutFunctions(agent: string, source: string): MayflyError {
  const message = 'exports "functions", which its engine does not serve'
  return buildError(agent, [{ message, file: toShown(source) }], {
    hint: 'Take "engine" out of agent.json, or do not export "functions"',
  })
}

/** Builds the agent that `source` exports, or the program or service worker that it is, which export nothing. */
async function buildEither(
  source: string,
  globals: readonly string[],
  options: BuildOptions,
): Promise<Result> {
  const build = (lines: readonly string[]): Promise<Result> =>
    run(dirname(source), [...globals, ...lines], options)
  const asProgram = async (): Promise<Result | undefined> => {
    const lines = findProgram(source, await runFile(source, options))
    return lines && (await build(lines))
  }
  const asService = (): Promise<Result> =>
    build([
      // First, so that the source finds its globals.
      "import { service } from 'mayfly/guest/service'",
      `import ${JSON.stringify(source)}`,
      "import { serve } from 'mayfly/guest/serve'",
      'export const handler = serve(service())',
    ])
  let result: Result
  try {
    result = await build([
      `import agent from ${JSON.stringify(source)}`,
      "import { serve } from 'mayfly/guest/serve'",
      'export const handler = serve(agent)',
    ])
  } catch (error) {
    if (!isBuildFailure(error) || !error.errors.every(isOfEntry)) throw error
    return (await asProgram()) ?? asService()
  }
  // Where a file counts as CommonJS, all it does not export is a default export too.
  const isBare = !DEFAULT_EXPORT.test(readFileSync(source, 'utf8'))
  if (!isBare) return result
  const program = await asProgram()
  if (program !== undefined) return program
  return isCommonJs(result, source) ? result : asService()
}

/** Whether the file at `source` has an export after all, in a spelling of CommonJS. */
function isCommonJs({ metafile }: Result, source: string): boolean {
  return Object.entries(metafile.inputs).some(
    ([path, { format }]) => format === 'cjs' && resolve(dirname(source), path) === source,
  )
}

const DEFAULT_EXPORT =
  /\bexport\s+default\b|\bas\s+default\b|\bdefault\s*[,}]|\bmodule\s*\.\s*exports\b|\bexports\s*[.[]/

/**
 * Bundles the library: importing the module puts the Web APIs in place. `substitutes` are files that stand in
 * for others, both relative to its folder.
 */
export async function bundleLibrary(
  substitutes: Readonly<Record<string, string>>,
  plugins: readonly Plugin[],
): Promise<LibraryBundle> {
  const entrySource = [
    "import './globals.ts'",
    "export * from './index.ts'",
    "export { serve } from './serve.ts'",
    "export * from './node-host.ts'",
    "export * from './extra-host.ts'",
  ]
  const { outputFiles, metafile } = await run(GUEST_DIRECTORY, entrySource, {
    minify: true,
    plugins: [standIns(substitutes), ...plugins],
  })
  const [output] = Object.values(metafile.outputs)
  return { code: outputFiles[0]?.text ?? '', exports: output?.exports ?? [] }
}

function hintOf(errors: readonly Message[], source: string, fence: Fence): { hint?: string } {
  if (errors.some(({ detail }) => detail === OUTSIDE)) return { hint: FENCE_HINT }
  const hint = missingPackagesHint(errors, source, fence)
  return hint === undefined ? {} : { hint }
}

function toProblem({ text, location }: Message, source: string, fence: Fence): SourceProblem {
  if (location === null) return { message: text }
  const file = resolve(dirname(source), location.file)
  return {
    message: text,
    file: toShown(file),
    line: location.line,
    column: location.column + 1,
    ...(fence.allows(file) ? { lineText: location.lineText } : {}),
  }
}

function isOfEntry({ location }: Pick<Message, 'location'>): boolean {
  return location?.file.startsWith(ENTRY_NAMESPACE) === true
}

function isBuildFailure(error: unknown): error is BuildFailure {
  return error instanceof Error && 'errors' in error && Array.isArray(error.errors)
}
