/**
 * Reads an `agent.json` from where a person points to: the file, or the folder it is in.
 *
 * @module
 */
import { existsSync, readFileSync, statSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { MayflyError } from '../../runtime/errors/index.ts'
import { manifestFromObject, parseManifest, type Manifest } from '../../runtime/manifest/index.ts'
import { toShown } from './shown-path.ts'
import { Fence, FENCE_HINT, rootOf } from './fence/index.ts'
import { witDescriptions, witFilesAt } from './wit-descriptions.ts'

/** A manifest, and where it is. */
export interface LoadedManifest {
  /** Parsed, with what its WIT says of exported functions. */
  readonly manifest: Manifest
  /** Absolute path of the file. */
  readonly path: string
  /** Absolute path of the folder that paths in the manifest are relative to. */
  readonly directory: string
  /** Absolute path of the folder that a build of it reads nothing out of. */
  readonly root: string
}

/** Options of `loadManifest`. */
export interface LoadManifestOptions {
  /**
   * Folder out of which nothing is read.
   *
   * @default the nearest folder above with `workspaces` in package.json, pnpm-workspace.yaml or .git, or else that
   * of the manifest
   */
  root?: string | undefined
  /**
   * Takes absolute paths of the files that are read, also when it throws.
   *
   * @default none
   */
  onInputs?: (paths: readonly string[]) => void
}

export const MANIFEST_FILE = 'agent.json'

/**
 * Loads the manifest at `path`, a folder or a file.
 *
 * @throws {MayflyError} ERR_USAGE when there is none or it is not in the root, ERR_MANIFEST_INVALID
 */
export function loadManifest(
  path: string,
  { root, onInputs = () => {} }: LoadManifestOptions = {},
): LoadedManifest {
  const absolute = resolve(path)
  const file = isDirectory(absolute) ? join(absolute, MANIFEST_FILE) : absolute
  onInputs([file])
  if (!existsSync(file)) {
    throw new MayflyError('ERR_USAGE', `Cannot read manifest "${file}": no such file`, {
      hint: 'Point to a folder with an agent.json, or make one with mayfly new <name>',
      facts: { file },
    })
  }
  const directory = dirname(file)
  const fence = new Fence(rootOf(directory, root))
  refuseOutside(fence, file, `Cannot read manifest "${toShown(file)}"`)
  const manifest = parseManifest(readFileSync(file, 'utf8'), { file: toShown(file) })
  for (const name of ['source', 'component'] as const) {
    const named = manifest[name]
    const what = `Cannot use "${name}" of "${toShown(file)}", "${String(named)}"`
    if (named !== undefined) refuseOutside(fence, resolve(directory, named), what)
  }
  return {
    manifest: described(manifest, directory, fence, onInputs),
    path: file,
    directory,
    root: fence.root,
  }
}

/** @throws {MayflyError} ERR_MANIFEST_INVALID */
function refuseOutside(fence: Fence, path: string, what: string): void {
  const refusal = fence.refusal(path)
  if (refusal === undefined) return
  throw new MayflyError('ERR_MANIFEST_INVALID', `${what}: ${refusal}`, {
    hint: FENCE_HINT,
    facts: { file: path, root: fence.root },
  })
}

/** @throws {MayflyError} ERR_MANIFEST_INVALID when its WIT is not there */
function described(
  manifest: Manifest,
  directory: string,
  fence: Fence,
  onInputs: (paths: readonly string[]) => void,
): Manifest {
  if (manifest.wit === undefined) return manifest
  onInputs([resolve(directory, manifest.wit)])
  for (const file of witFilesAt(directory, manifest.wit))
    refuseOutside(fence, file, `Cannot read WIT "${toShown(file)}"`)
  const descriptions = { ...witDescriptions(directory, manifest.wit), ...manifest.descriptions }
  return manifestFromObject({ ...manifest, descriptions })
}

function isDirectory(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false
}
