/**
 * Builds the agent that a manifest describes into a component, or finds it built.
 *
 * Nothing slow is loaded until the cache has been asked: bundler and compilers come in with `import()`.
 *
 * @module
 */
import { existsSync } from 'node:fs'
import { mkdir, readFile, rm } from 'node:fs/promises'
import { dirname, join, parse, resolve } from 'node:path'
import type { Digest } from '../../runtime/digest/index.ts'
import { isMayflyError, MayflyError } from '../../runtime/errors/index.ts'
import { engineOf, runsSource, type Engine, type Manifest } from '../../runtime/manifest/index.ts'
import type { PackedAssets } from '../assets/index.ts'
import { digestOf } from '../digest/index.ts'
import { replaceFile } from '../files/index.ts'
import { adaptCoreModule } from './adapt-core-module.ts'
import { buildCache } from './build-cache.ts'
import { buildError } from './build-error.ts'
import { BUILD_VERSION, type BuildJob } from './build-job.ts'
import type { BuildApartOptions } from './builder/index.ts'
import type { BuiltSource } from './builder/protocol.ts'
import { TOOLS } from './languages/index.ts'
import { collectAssets } from './collect-assets.ts'
import { loadManifest } from './load-manifest.ts'
import { mapPath, readMapOf } from './map-file.ts'
import { PACKAGE_DIRECTORY } from './package-files.ts'
import { engineTools } from './quickjs/engine-tools.ts'
import { ENGINE_VERSION } from './quickjs/engine-version.ts'
import { toShown } from './shown-path.ts'
import { requirePeers } from './tool-packages.ts'

/** Options of a build: its source and its bounds. */
export interface BuildAgentOptions {
  /** The folder of an `agent.json`, or the file itself. */
  directory: string
  /**
   * Engine to build for instead of the one the manifest names.
   *
   * @default the manifest's
   */
  engine?: Engine
  /**
   * Where built components are kept.
   *
   * @default `.mayfly/cache` beside the nearest package.json, or else beside the manifest
   */
  cacheDirectory?: string
  /**
   * Path to write the component to as well, and its source map, to the same path with `.map` behind it.
   *
   * @default none
   */
  out?: string
  /**
   * Folder that the build reads nothing out of, but for packages in `node_modules`.
   *
   * @default the nearest folder above with `workspaces` in package.json, pnpm-workspace.yaml or .git, or else that
   * of the manifest
   */
  root?: string | undefined
  /**
   * Longest time that the code of the agent may run while it is built, in milliseconds. Engines other than
   * `quickjs` cannot tell it from the time of their compiler.
   *
   * @default 10_000; for other engines 120_000
   */
  timeoutMs?: number | undefined
  /** Ends the build. */
  signal?: AbortSignal | undefined
  /**
   * Takes absolute paths of files and folders that the build reads, and of those it would read if they were there: a change
   * of one of them calls for another build. Called several times, and also when the build fails.
   *
   * @default none
   */
  onInputs?: ((paths: readonly string[]) => void) | undefined
  /**
   * Whether the component of the last build is taken when no file of it has changed.
   *
   * @default true
   */
  recall?: boolean
  /**
   * How long the thread of a build waits for the next build, in milliseconds. It takes some 50 MB, and half a second to
   * start.
   *
   * @default 60_000
   */
  keepBuilderMs?: number
}

/** A component and its manifest, for `runtime.load`. */
export interface BuiltAgent {
  /** Parsed, with what its WIT says of exported functions. */
  readonly manifest: Manifest
  /** The bytes of the component. */
  readonly component: Uint8Array
  /** Of the component. */
  readonly digest: Digest
  /**
   * Source map of the bundle that stacks of the agent name, as JSON: version 3, with names relative to the folder of the
   * source. Absent where the engine has none, or it is longer than 2 MiB. A component does not contain it.
   */
  readonly sourceMap?: string
  /** Its packed files. Absent when its manifest names none. */
  readonly assets?: PackedAssets
  /** Nothing was compiled. */
  readonly cached: boolean
  /** Milliseconds that the build took, or the look into the cache. */
  readonly durationMs: number
  /** Absolute path of the `agent.json`. A change of it calls for another build, so watch it. */
  readonly manifestPath: string
}

/**
 * Builds one agent.
 *
 * Code of the agent runs apart from this thread and finds no host.
 *
 * @throws {MayflyError} ERR_BUILD_FAILED, ERR_MANIFEST_INVALID, ERR_USAGE
 * @throws the reason of `signal`
 *
 * @example
 * ```ts
 * const { component, manifest } = await buildAgent({ directory: 'components/examples/hello' })
 * ```
 */
export async function buildAgent({
  directory,
  engine,
  cacheDirectory,
  out,
  root,
  timeoutMs,
  signal,
  onInputs = () => {},
  recall = true,
  keepBuilderMs,
}: BuildAgentOptions): Promise<BuiltAgent> {
  const started = performance.now()
  const loaded = loadManifest(directory, { root, onInputs })
  const { manifest } = loaded
  const built =
    manifest.source === undefined
      ? await readComponent(manifest, loaded.directory, onInputs)
      : await buildOrRecall(
          {
            agent: manifest.name,
            source: resolve(loaded.directory, manifest.source),
            engine: engine ?? manifest.engine ?? engineOf(manifest.source),
            settings: manifest.build ?? {},
            events: eventsOf(manifest),
            root: loaded.root,
            cacheDirectory: cacheDirectory ?? defaultCacheDirectory(loaded.directory),
            timeoutMs,
          },
          { signal, onInputs, recall, keepBuilderMs },
        )
  const assets = collectAssets({ ...loaded, onInputs })
  if (out !== undefined) {
    await mkdir(dirname(resolve(out)), { recursive: true })
    await replaceFile(out, built.component)
    // A map that lies there may be of another build.
    if (built.sourceMap === undefined) await rm(mapPath(out), { force: true })
    else await replaceFile(mapPath(out), built.sourceMap)
  }
  const { inputs: _, ...component } = built
  return {
    manifest,
    ...component,
    ...(assets === undefined ? {} : { assets }),
    durationMs: performance.now() - started,
    manifestPath: loaded.path,
  }
}

async function buildOrRecall(
  build: Omit<BuildJob, 'identity'>,
  { signal, onInputs, recall, keepBuilderMs }: BuildApartOptions & { readonly recall: boolean },
): Promise<BuiltSource> {
  const { agent, source, engine, settings, events, root, cacheDirectory } = build
  onInputs?.([source])
  if (!existsSync(source)) {
    throw buildError(agent, [{ message: `no source file "${toShown(source)}"` }], {
      hint: 'Correct "source" in agent.json: it is relative to that file',
    })
  }
  if (!runsSource(engine, source)) {
    throw new MayflyError(
      'ERR_USAGE',
      `Cannot build "${toShown(source)}" with engine "${engine}"`,
      {
        hint: 'Sources of AssemblyScript end in .as.ts, those of C in .c; the other engines run JavaScript',
      },
    )
  }
  const cache = buildCache(cacheDirectory)
  // The package and its versions: another one may build the same files another way. The root: a file that was read under a
  // wider root may not be readable under this one.
  const by = [PACKAGE_DIRECTORY, BUILD_VERSION, ENGINE_VERSION, ...engineTools()]
  const identity = JSON.stringify([...by, engine, agent, source, root, settings, events])
  const known = recall ? await cache.recall(identity) : undefined
  if (known !== undefined) {
    onInputs?.(known.inputs)
    return { ...known, cached: true }
  }

  requirePeers(`build agent "${agent}" with engine "${engine}"`, TOOLS[engine])
  const { buildApart } = await import('./builder/index.ts')
  return buildApart({ ...build, identity }, { signal, onInputs, keepBuilderMs })
}

/** The exports beside the handler that the host calls by this manifest. */
function eventsOf({ schedule, consumes }: Manifest): string[] {
  return [
    ...(schedule === undefined ? [] : ['scheduled']),
    ...(consumes === undefined ? [] : ['consumer']),
  ]
}

/** A component that is there already is taken as it is, a module for WASI 0.1 through the adapter. */
async function readComponent(
  { name, component = '' }: Manifest,
  directory: string,
  onInputs: (paths: readonly string[]) => void,
): Promise<BuiltSource> {
  const path = resolve(directory, component)
  const inputs = [path, mapPath(path)]
  onInputs(inputs)
  let bytes: Uint8Array
  try {
    bytes = new Uint8Array(await readFile(path))
  } catch (error) {
    throw buildError(name, [{ message: `no component "${toShown(path)}"` }], {
      hint: 'Correct "component" in agent.json: it is relative to that file',
      cause: error,
    })
  }
  try {
    const adapted = await adaptCoreModule(bytes)
    const sourceMap = readMapOf(path)
    const withMap = sourceMap === undefined ? {} : { sourceMap }
    return { component: adapted, digest: digestOf(adapted), ...withMap, inputs, cached: true }
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw buildError(
      name,
      [{ message: `cannot adapt "${toShown(path)}" from WASI 0.1: ${reason}` }],
      {
        hint:
          (isMayflyError(error) ? error.hint : undefined) ??
          'Build a component of it: what it imports beside WASI 0.1 has no WIT',
        cause: error,
      },
    )
  }
}

/** Where built components of the agent in the folder `start` are kept by default. */
export function defaultCacheDirectory(start: string): string {
  const { root } = parse(start)
  for (let folder = start; folder !== root; folder = dirname(folder)) {
    if (existsSync(join(folder, 'package.json'))) return join(folder, '.mayfly', 'cache')
  }
  return join(start, '.mayfly', 'cache')
}
