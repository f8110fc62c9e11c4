/**
 * Puts a file in its place whole: it is written beside it, then renamed.
 *
 * A reader sees the old content or the new one, also when the process is killed meanwhile. Where a link is, the link is
 * replaced, and not the file that it leads to.
 *
 * @module
 */

import { randomUUID } from 'node:crypto'
import { renameSync, rmSync, writeFileSync } from 'node:fs'
import { rename, rm, writeFile } from 'node:fs/promises'

export interface ReplaceFileOptions {
  /**
   * Who may read and write the file.
   *
   * @default that of the process, by its mask
   */
  readonly mode?: number
}

/**
 * Many may write `path` at once, also from other processes: the last one to rename is the one that is read.
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
 * The same at once, for a file that one process writes: what it leaves when it is killed, `PATH.new`, is overwritten
 * next time.
 *
 * @throws {Error} of the file system
 */
export function replaceFileSync(
  path: string,
  content: string | Uint8Array,
  options: ReplaceFileOptions = {},
): void {
  const temporary = `${path}.new`
  try {
    writeFileSync(temporary, content, options)
    renameSync(temporary, path)
  } catch (error) {
    removeQuietly(temporary)
    throw error
  }
}

/** The error that led here says more than one that follows from it. */
function removeQuietly(path: string): void {
  try {
    rmSync(path, { force: true })
  } catch {
    return
  }
}
