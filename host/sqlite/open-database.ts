/**
 * Opens a file of SQLite with a log of changes ahead of it (WAL): readers do not wait for the one writer, and what was
 * committed survives the end of the process, SIGKILL included. Only a loss of power may take back the last commits, where a
 * caller does not ask for more. Only this user can read the file.
 *
 * @module
 */

import { closeSync, mkdirSync, openSync } from 'node:fs'
import { dirname } from 'node:path'
import type { DatabaseSync } from 'node:sqlite'
import { isMayflyError, MayflyError } from '../../runtime/errors/index.ts'
import { writing } from './writing.ts'

/** A file and its tables. */
export interface DatabaseFile {
  readonly path: string
  /** For messages: `key-value file`. */
  readonly noun: string
  /** The version of the tables. https://sqlite.org/pragma.html#pragma_user_version */
  readonly version: number
  /** Brings a file of an earlier version, or a new one, to this one. */
  migrate(database: DatabaseSync): void
}

// A writer holds the lock for microseconds. A lock that is held this long belongs to a broken process.
export const BUSY_TIMEOUT_MS = 2000
const RETRY_MS = 2
// https://www.sqlite.org/rescode.html#busy
const SQLITE_BUSY = 5

/**
 * Opens the file, and makes it and its folder where they are not there.
 *
 * @throws {MayflyError} ERR_HOST_UNAVAILABLE
 */
export function openDatabase(file: DatabaseFile): DatabaseSync {
  const { path, noun } = file
  const directory = dirname(path)
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 })
    // SQLite would make it for everyone to read; the files beside it get the mode of this one.
    closeSync(openSync(path, 'a', 0o600))
    return opened(file)
  } catch (cause) {
    if (isMayflyError(cause)) throw cause
    throw new MayflyError('ERR_HOST_UNAVAILABLE', `Cannot open ${noun} "${path}"`, {
      cause,
      hint: `Make "${directory}" writable for this user, or choose another directory with --data`,
      facts: { file: path },
    })
  }
}

function opened(file: DatabaseFile): DatabaseSync {
  // Loaded here: a program that keeps nothing in SQLite pays nothing for it, and a Node without it loads this.
  const { DatabaseSync } = process.getBuiltinModule('node:sqlite')
  const database = new DatabaseSync(file.path, { timeout: BUSY_TIMEOUT_MS })
  refuseNewer(file, database)
  useWriteAheadLog(database)
  writing(database, () => {
    if (versionOf(database) >= file.version) return
    file.migrate(database)
    database.exec(`PRAGMA user_version = ${file.version}`)
  })
  return database
}

/**
 * Of threads that open a new file at once, one changes its journal. SQLite does not have the others wait for that, in spite
 * of the timeout: https://www.sqlite.org/c3ref/busy_handler.html
 *
 * @throws {Error} when another holds the file for longer than the timeout
 */
function useWriteAheadLog(database: DatabaseSync): void {
  const until = performance.now() + BUSY_TIMEOUT_MS
  for (;;) {
    try {
      database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL')
      return
    } catch (error) {
      if (!isBusy(error) || performance.now() > until) throw error
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, RETRY_MS)
    }
  }
}

function isBusy(error: unknown): boolean {
  return error instanceof Error && 'errcode' in error && error.errcode === SQLITE_BUSY
}

/** @throws {MayflyError} ERR_HOST_UNAVAILABLE when a newer host has written the file; it is closed then */
function refuseNewer({ path, noun, version: known }: DatabaseFile, database: DatabaseSync): void {
  const version = versionOf(database)
  if (version <= known) return
  database.close()
  throw new MayflyError(
    'ERR_HOST_UNAVAILABLE',
    `Cannot open ${noun} "${path}": it is of version ${version}, this host knows version ${known}`,
    {
      hint: 'A newer host wrote it: start that one, or give this one another directory with --data',
      facts: { file: path, version, known },
    },
  )
}

function versionOf(database: DatabaseSync): number {
  return Number(database.prepare('PRAGMA user_version').get()?.['user_version'])
}
