/**
 * Follows the path of a guest from a directory it holds, and never out of it.
 *
 * @module
 */
import type { DirectoryNode, Node } from './area.ts'
import { fileError } from './file-error.ts'

// As on Linux.
const MAX_NAME_LENGTH = 255
const MAX_PATH_LENGTH = 4096

export interface Place {
  /** Where the last name of the path stands; `undefined` when the path is the directory itself. */
  readonly parent: DirectoryNode | undefined
  readonly name: string
  /** The node at the place, if there is one. */
  readonly node: Node | undefined
  /** Whether the path ends in a slash: then it must be a directory. */
  readonly isDirectory: boolean
}

/** @throws {GuestError} when the path leaves `start`, or something on its way is not a directory */
export function resolvePath(start: DirectoryNode, path: string): Place {
  if (path === '') throw fileError('no-entry')
  if (path.length > MAX_PATH_LENGTH) throw fileError('name-too-long')
  if (path.startsWith('/')) throw fileError('not-permitted')
  if (path.includes('\0')) throw fileError('invalid')
  const trail: { readonly name: string; readonly node: Node | undefined }[] = []
  for (const name of path.split('/')) {
    if (name === '' || name === '.') continue
    const here = trail.at(-1)
    if (name === '..') {
      // Also when the path outside does not exist, so that a guest learns nothing about the outside.
      if (trail.pop() === undefined) throw fileError('not-permitted')
      if (here?.node?.kind !== 'directory') throw fileError(absent(here?.node))
      continue
    }
    if (name.length > MAX_NAME_LENGTH) throw fileError('name-too-long')
    const directory = here === undefined ? start : here.node
    if (directory?.kind !== 'directory') throw fileError(absent(directory))
    trail.push({ name, node: directory.get(name) })
  }
  const last = trail.at(-1)
  const isDirectory = /(^|\/)\.{0,2}$/.test(path)
  if (last === undefined) return { parent: undefined, name: '.', node: start, isDirectory }
  const above = trail.at(-2)?.node ?? start
  // Everything above the last name was found to be a directory.
  const parent = above as DirectoryNode
  if (isDirectory && last.node?.kind === 'file') throw fileError('not-directory')
  return { parent, name: last.name, node: last.node, isDirectory }
}

function absent(node: Node | undefined): 'no-entry' | 'not-directory' {
  return node === undefined ? 'no-entry' : 'not-directory'
}
