/**
 * Lets one process at a time change a store of secrets.
 *
 * The lock is the one that SQLite has on its files: the system gives it back when a process ends, however it ends.
 *
 * @module
 */

import { closeSync, openSync } from 'node:fs'
import { MayflyError } from '../../../runtime/errors/index.ts'

// A change takes milliseconds. A lock that is held for this long belongs to a process that hangs.
const PATIENCE_MS = 10_000
const RETRY_MS = 10
const FILE_MODE = 0o600
// https://www.sqlite.org/rescode.html#busy
const SQLITE_BUSY = 5

/** @throws {MayflyError} ERR_HOST_UNAVAILABLE when others hold the lock for ten seconds */
export async function holdingLock<Value>(file: string, work: () => Promise<Value>): Promise<Value> {
  const { DatabaseSync } = await import('node:sqlite')
  makeFile(file)
  const database = new DatabaseSync(file)
  try {
    const startedAt = performance.now()
    while (!isTaken(() => database.exec('BEGIN EXCLUSIVE'))) {
      if (performance.now() - startedAt > PATIENCE_MS) throw held(file)
      // Not the time-out of SQLite, which would block this thread, and so the holder if that is here as well.
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS))
    }
    return await work()
  } finally {
    database.close()
  }
}

/** SQLite would make it readable for others. */
function makeFile(file: string): void {
  try {
    closeSync(openSync(file, 'a', FILE_MODE))
  } catch (cause) {
    throw new MayflyError('ERR_HOST_UNAVAILABLE', `Cannot change secrets beside "${file}"`, {
      cause,
      hint: 'Name a data directory that this user can write to, with --data',
      facts: { file },
    })
  }
}

function isTaken(take: () => void): boolean {
  try {
    take()
    return true
  } catch (error) {
    if (error instanceof Error && 'errcode' in error && error.errcode === SQLITE_BUSY) return false
    throw error
  }
}

function held(file: string): MayflyError {
  return new MayflyError(
    'ERR_HOST_UNAVAILABLE',
    'Cannot change secrets: another process has been changing them for ten seconds',
    { hint: 'End the mayfly secret that hangs, then try again', facts: { file } },
  )
}
