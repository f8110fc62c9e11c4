/**
 * Closes the data directory to all users but that of the host.
 *
 * What a host has made itself is tightened. A directory that holds other things as well, or that belongs to another
 * user, is not this host's to change: then it does not start.
 *
 * @module
 */

import { chmodSync, lstatSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { MayflyError } from '../../../runtime/errors/index.ts'

const OTHERS = 0o077
const DIRECTORY_MODE = 0o700
const FILE_MODE = 0o600

// Names of a host's own files, and names that a file system has in its root.
const KNOWN =
  /^(?:(?:agents|audit|secrets|tokens)\.json(?:\.new)?|host\.key(?:\.new)?|secrets\.lock|assets|audit|code|control\.sock|deployed|files|lost\+found|versions|(?:queues|schedules|.+\.kv)\.sqlite(?:-wal|-shm|-journal)?)$/

/**
 * Returns paths that were open to other users and are closed now. Deeper paths lie behind these.
 *
 * @throws {MayflyError} ERR_HOST_UNAVAILABLE
 */
export function makePrivate(directory: string): string[] {
  // Windows has no such modes: permissions are inherited there.
  if (process.platform === 'win32') return []
  const entries = readdirSync(directory)
  const closed = [directory].filter(isOpen)
  if (closed.length > 0) {
    const foreign = entries.find((name) => !KNOWN.test(name))
    if (foreign !== undefined) throw open(directory, `and it holds "${foreign}" as well`)
    try {
      chmodSync(directory, DIRECTORY_MODE)
    } catch (cause) {
      throw open(directory, 'and this user may not change that', cause)
    }
  }
  for (const path of entries
    .filter((name) => KNOWN.test(name))
    .map((name) => join(directory, name))) {
    if (isOpen(path) && close(path)) closed.push(path)
  }
  return closed
}

function isOpen(path: string): boolean {
  const mode = statSync(path, { throwIfNoEntry: false })?.mode ?? 0
  return (mode & OTHERS) !== 0
}

/** Whether it could be closed. A file of another user stays open: it lies behind the directory, which is closed. */
function close(path: string): boolean {
  const stats = lstatSync(path)
  // The mode of a link means nothing, and its target lies elsewhere.
  if (stats.isSymbolicLink()) return false
  try {
    chmodSync(path, stats.isDirectory() ? DIRECTORY_MODE : FILE_MODE)
    return true
  } catch {
    return false
  }
}

function open(path: string, why: string, cause?: unknown): MayflyError {
  const mode = (statSync(path).mode & 0o777).toString(8)
  return new MayflyError(
    'ERR_HOST_UNAVAILABLE',
    `Cannot keep data in "${path}": other users of this machine can open it (mode ${mode}), ${why}`,
    {
      cause,
      hint: `Give a directory for it alone, such as --data "${join(path, 'mayfly')}", or run: chmod 700 "${path}"`,
      facts: { path },
    },
  )
}
