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
import { witDescriptions } from './wit-descriptions.ts'

export interface LoadedManifest {
  readonly manifest: Manifest
  /** Absolute path of the file. */
  readonly path: string
  /** Absolute path of the folder that paths in the manifest are relative to. */
  readonly directory: string
}

export const MANIFEST_FILE = 'agent.json'

/**
 * Loads the manifest at `path`, a folder or a file.
 *
 * @throws {MayflyError} ERR_USAGE when there is none, ERR_MANIFEST_INVALID
 */
export function loadManifest(path: string): LoadedManifest {
  const absolute = resolve(path)
  const file = isDirectory(absolute) ? join(absolute, MANIFEST_FILE) : absolute
  if (!existsSync(file)) {
    throw new MayflyError('ERR_USAGE', `Cannot read manifest "${file}": no such file`, {
      hint: 'Point to a folder with an agent.json, or make one with mayfly new <name>',
      facts: { file },
    })
  }
  const manifest = parseManifest(readFileSync(file, 'utf8'), { file: toShown(file) })
  const directory = dirname(file)
  return { manifest: described(manifest, directory), path: file, directory }
}

/** @throws {MayflyError} ERR_MANIFEST_INVALID when its WIT is not there */
function described(manifest: Manifest, directory: string): Manifest {
  if (manifest.wit === undefined) return manifest
  const descriptions = { ...witDescriptions(directory, manifest.wit), ...manifest.descriptions }
  return manifestFromObject({ ...manifest, descriptions })
}

function isDirectory(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false
}
