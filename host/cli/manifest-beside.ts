/**
 * Finds the `agent.json` of a component.
 *
 * @module
 */

import { existsSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import type { Manifest } from '../../runtime/manifest/index.ts'
import { loadManifest, MANIFEST_FILE, type LoadedManifest } from '../toolchain/index.ts'

/**
 * The `agent.json` of the folder, if it names the file as its component, or its agent has the file's name.
 *
 * @throws {MayflyError} ERR_MANIFEST_INVALID, even if the broken manifest could belong to another agent
 */
export function manifestBeside(file: string, root?: string): Manifest | undefined {
  return loadedBeside(file, root)?.manifest
}

/**
 * The same, with the place of the manifest.
 *
 * @throws {MayflyError} ERR_MANIFEST_INVALID
 */
export function loadedBeside(file: string, root?: string): LoadedManifest | undefined {
  const directory = dirname(file)
  if (!existsSync(join(directory, MANIFEST_FILE))) return undefined
  const loaded = loadManifest(directory, { root })
  const { component, name } = loaded.manifest
  const isOfFile =
    component === undefined ? name === agentName(file) : resolve(directory, component) === file
  return isOfFile ? loaded : undefined
}

/** The name of an agent without a manifest, by its file: `My_Tool.wasm` → `my-tool`. */
export function agentName(path: string): string {
  const words =
    basename(path, '.wasm')
      .toLowerCase()
      .match(/[a-z0-9]+/g) ?? []
  const name = words.join('-').replace(/^[^a-z]+/, '')
  return name === '' ? 'agent' : name
}
