/**
 * Puts a file in its place whole: it is written beside it, then renamed.
 *
 * A reader sees the old content or the new one, also when the process is killed meanwhile. Where a link is, the link is
 * replaced, and not the file that it leads to.
 *
 * @module
 */

import { randomUUID } from 'node:crypto'
import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { rename, rm, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'

export interface ReplaceFileOptions {
  /**
   * Permissions of the file.
   *
   * @default the permissions by the mask of the process
   */
  readonly mode?: number
}

export interface ReplaceFileSyncOptions extends ReplaceFileOptions {
  /**
   * Whether a loss of power right after cannot take it back.
   *
   * @default false
   */
  readonly isDurable?: boolean
}

/**
 * Many writers may write `path` at once, also from other processes: readers get the file that was renamed last.
 *
 * @throws {Error} of the file system; nothing is left beside `path` then
 */
export async function replaceFile(
  path: string,
  content: string | Uint8Array,
  options: ReplaceFileOptions = {},
): Promise<void> {
  const temporary = `${path}.${randomUUID()}.tmp`
  try {
    await writeFile(temporary, content, options)
    await rename(temporary, path)
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => {})
    throw error
  }
}

/**
 * The same, synchronously, for a file that one process writes. If the process is killed, it leaves `PATH.new`, which the
 * next write overwrites.
 *
 * @throws {Error} of the file system
 */
export function replaceFileSync(
  path: string,
  content: string | Uint8Array,
  { isDurable = false, ...options }: ReplaceFileSyncOptions = {},
): void {
  const temporary = `${path}.new`
  try {
    writeFileSync(temporary, content, { ...options, flush: isDurable })
    renameSync(temporary, path)
    if (isDurable) flushDirectory(dirname(path))
  } catch (error) {
    removeQuietly(temporary)
    throw error
  }
}

/** Keeps the names in `directory` through a loss of power. Windows opens no directories. */
function flushDirectory(directory: string): void {
  if (process.platform === 'win32') return
  const descriptor = openSync(directory, 'r')
  try {
    fsyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
}

/** Ignores errors: the first error says more than one that follows from it. */
function removeQuietly(path: string): void {
  try {
    rmSync(path, { force: true })
  } catch {
    return
  }
}
