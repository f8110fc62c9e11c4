/** Folders of agents: which there are in a folder, and which beside an agent. @module */
import { existsSync, readdirSync, statSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { MANIFEST_FILE } from './load-manifest.ts'

/** Returns the folders beside the agent at `path` that are agents. */
export function siblingsOf(path: string): string[] {
  const own = folderOf(path)
  const parent = dirname(own)
  return agentsIn(parent)
    .map((name) => join(parent, name))
    .filter((folder) => folder !== own)
    .map((folder) => relative(process.cwd(), folder) || '.')
}

/** The absolute path of the folder of the agent at `path`. */
export function folderOf(path: string): string {
  const absolute = resolve(path)
  return /\.(?:wasm|json)$/.test(path) ? dirname(absolute) : absolute
}

/** Returns the names of the folders in `folder` that are agents. */
export function agentsIn(folder: string): string[] {
  return foldersIn(folder).filter((name) => existsSync(join(folder, name, MANIFEST_FILE)))
}

/** Returns the names of the folders in `folder` that may be agents; none where there is no folder. */
export function foldersIn(folder: string): string[] {
  try {
    return readdirSync(folder)
      .filter((name) => !name.startsWith('.') && name !== 'node_modules')
      .filter((name) => isFolder(join(folder, name)))
      .toSorted()
  } catch {
    return [] // No folder
  }
}

/** Whether there is a folder at `path`. */
export function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true
}
