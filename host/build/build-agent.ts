/**
 * Builds the agent that a manifest describes into a component, or finds it built.
 *
 * Nothing slow is loaded until the cache has been asked: bundler and compilers come in with `import()`.
 *
 * @module
 */
import { existsSync } from 'node:fs'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join, parse, resolve } from 'node:path'
import { MayflyError } from '../../runtime/errors/index.ts'
import { engineOf, runsSource, type Engine, type Manifest } from '../../runtime/manifest/index.ts'
import { adaptCoreModule } from './adapt-core-module.ts'
import { buildCache, digestOf, type CachedComponent, type Digest } from './build-cache.ts'
import { buildError } from './build-error.ts'
import { loadEngine, TOOLS } from './engines/index.ts'
import { loadManifest } from './load-manifest.ts'
import { toolManifest, witFiles } from './package-files.ts'
import { toShown } from './shown-path.ts'

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
   * Path to write the component to as well.
   *
   * @default none
   */
  out?: string
}

export interface BuiltAgent {
  readonly manifest: Manifest
  readonly component: Uint8Array
  readonly digest: Digest
  /** Nothing was compiled. */
  readonly cached: boolean
  readonly durationMs: number
  /** Absolute paths whose change calls for another build: for watching. */
  readonly manifestPath: string
}

// Part of every key: raised when what the build makes of the same input changes.
const BUILD_VERSION = '3'

/**
 * Builds one agent.
 *
 * @throws {MayflyError} ERR_BUILD_FAILED, ERR_MANIFEST_INVALID, ERR_USAGE
 *
 * @example
 * ```ts
 * const { component, manifest } = await buildAgent({ directory: 'components/hello' })
 * ```
 */
export async function buildAgent({
  directory,
  engine,
  cacheDirectory,
  out,
}: BuildAgentOptions): Promise<BuiltAgent> {
  const started = performance.now()
  const loaded = loadManifest(directory)
  const { manifest } = loaded
  const built =
    manifest.source === undefined
      ? await readComponent(manifest, loaded.directory)
      : await buildSource({
          agent: manifest.name,
          source: resolve(loaded.directory, manifest.source),
          engine: engine ?? manifest.engine ?? engineOf(manifest.source),
          cacheDirectory: cacheDirectory ?? defaultCacheDirectory(loaded.directory),
        })
  if (out !== undefined) {
    await mkdir(dirname(resolve(out)), { recursive: true })
    await writeFile(out, built.component)
  }
  return {
    manifest,
    ...built,
    durationMs: performance.now() - started,
    manifestPath: loaded.path,
  }
}

interface SourceBuild {
  readonly agent: string
  readonly source: string
  readonly engine: Engine
  readonly cacheDirectory: string
}

type Built = CachedComponent & { readonly cached: boolean }

async function buildSource({ agent, source, engine, cacheDirectory }: SourceBuild): Promise<Built> {
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
  const identity = JSON.stringify([BUILD_VERSION, engine, agent, source])
  const known = await cache.recall(identity)
  if (known !== undefined) return { ...known, cached: true }

  const tools = TOOLS[engine].map((name) => toolManifest(name))
  const { prepare } = await loadEngine(engine)
  const prepared = await prepare({ agent, source })
  const fixed = [...witFiles(), ...tools]
  const texts = await Promise.all(fixed.map((path) => readFile(path)))
  const key = digestOf(BUILD_VERSION, engine, ...texts, ...prepared.parts)
  const inputs = [...prepared.inputs, ...fixed]

  const found = await cache.find(key)
  if (found !== undefined) {
    await cache.remember(identity, inputs, found.digest)
    return { ...found, cached: true }
  }
  const component = await prepared.componentize(cacheDirectory)
  const digest = await cache.store(key, component)
  await cache.remember(identity, inputs, digest)
  return { component, digest, cached: false }
}

/** A component that is there already is taken as it is, a module for WASI 0.1 through the adapter. */
async function readComponent(
  { name, component = '' }: Manifest,
  directory: string,
): Promise<Built> {
  const path = resolve(directory, component)
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
    return { component: adapted, digest: digestOf(adapted), cached: true }
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw buildError(
      name,
      [{ message: `cannot adapt "${toShown(path)}" from WASI 0.1: ${reason}` }],
      {
        hint: 'Build a component of it: what it imports beside WASI 0.1 has no WIT',
        cause: error,
      },
    )
  }
}

function defaultCacheDirectory(start: string): string {
  const { root } = parse(start)
  for (let folder = start; folder !== root; folder = dirname(folder)) {
    if (existsSync(join(folder, 'package.json'))) return join(folder, '.mayfly', 'cache')
  }
  return join(start, '.mayfly', 'cache')
}
