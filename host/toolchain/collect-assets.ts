/**
 * Packs the files of `assets` in agent.json.
 *
 * The author of the agent wrote the folder, so no link in it is followed: it could lead to any file of the user who builds,
 * and all that is packed is public.
 *
 * @module
 */
import {
  closeSync,
  constants,
  fstatSync,
  openSync,
  readdirSync,
  readSync,
  type Dirent,
} from 'node:fs'
import { join, resolve } from 'node:path'
import type { Manifest } from '../../runtime/manifest/index.ts'
import {
  isAssetPath,
  isShownFolder,
  MAX_ASSET_BYTES,
  MAX_ASSET_FILES,
  packAssets,
  type AssetInput,
  type PackedAssets,
} from '../assets/index.ts'
import { buildError } from './build-error.ts'
import { Fence, FENCE_HINT, isInside, realPath } from './fence/index.ts'
import { toShown } from './shown-path.ts'

const COPY_HINT = 'Put a copy of the file there, or take it away'
const LESS_HINT = `At most ${MAX_ASSET_FILES} files and ${MAX_ASSET_BYTES} bytes: serve large files from elsewhere`

/** Where the manifest of an agent is. */
export interface AssetPlace {
  readonly manifest: Manifest
  /** Absolute path of the folder of the manifest. */
  readonly directory: string
  /** Absolute path of the folder out of which nothing is read. */
  readonly root: string
  /** Takes the absolute path of the folder. */
  readonly onInputs: (paths: readonly string[]) => void
}

/**
 * Returns the packed assets; nothing when the manifest names none.
 *
 * @throws {MayflyError} ERR_BUILD_FAILED when the folder is not there or has what may not be served
 */
export function collectAssets(place: AssetPlace): PackedAssets | undefined {
  const { manifest, directory, root, onInputs } = place
  const { assets, name } = manifest
  if (assets === undefined) return undefined
  const folder = resolve(directory, assets.folder)
  onInputs([folder])
  const real = realPath(folder)
  if (!isInside(new Fence(root).root, real)) {
    const message = `"assets" lead to "${real}", outside of the root of the build`
    throw buildError(name, [{ message }], { hint: FENCE_HINT })
  }
  const files: AssetInput[] = []
  let left = MAX_ASSET_BYTES
  for (const path of pathsIn(real, '', name)) {
    if (files.length === MAX_ASSET_FILES) throw refused(name, 'too many assets', LESS_HINT)
    const file = readAsset(name, real, path, left)
    left -= file.content.length
    files.push(file)
  }
  const { fallback } = assets
  if (fallback !== undefined && !files.some(({ path }) => path === fallback))
    throw refused(
      name,
      `no file "${fallback}" in "${toShown(folder)}"`,
      'Correct "fallback" of "assets" in agent.json',
    )
  return packAssets(files)
}

function* pathsIn(root: string, folder: string, agent: string): Generator<string> {
  for (const entry of entriesOf(join(root, folder), agent)) {
    const path = folder === '' ? entry.name : `${folder}/${entry.name}`
    if (!isShownFolder(entry.name, folder === '')) continue
    if (entry.isDirectory()) yield* pathsIn(root, path, agent)
    else if (!entry.isFile()) {
      const what = entry.isSymbolicLink() ? 'a link' : 'no file'
      throw refused(agent, `cannot serve "${toShown(join(root, path))}": it is ${what}`, COPY_HINT)
    } else if (isAssetPath(path)) yield path
  }
}

function entriesOf(folder: string, agent: string): Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true })
  } catch (cause) {
    const message = `no folder "${toShown(folder)}" for "assets"`
    const hint = 'Correct "assets" in agent.json: it is relative to that file'
    throw buildError(agent, [{ message }], { hint, cause })
  }
}

function readAsset(agent: string, root: string, path: string, mostBytes: number): AssetInput {
  const file = join(root, path)
  // It was no link when it was listed, and must not have become one, or a pipe, which would never end.
  const descriptor = openSync(
    file,
    constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0),
  )
  try {
    const stats = fstatSync(descriptor)
    if (!stats.isFile() || realPath(file) !== file)
      throw refused(agent, `cannot serve "${toShown(file)}": it is no file`, COPY_HINT)
    if (stats.size > mostBytes) throw refused(agent, 'assets too large', LESS_HINT)
    const content = new Uint8Array(stats.size)
    let length = 0
    while (length < content.length) {
      const got = readSync(descriptor, content, length, content.length - length, length)
      if (got === 0) break
      length += got
    }
    const modified = Math.max(0, Math.floor(stats.mtimeMs / 1000))
    return { path, content: content.subarray(0, length), modified }
  } finally {
    closeSync(descriptor)
  }
}

function refused(agent: string, message: string, hint: string): Error {
  return buildError(agent, [{ message }], { hint })
}
