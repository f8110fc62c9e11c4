/** A change of a database, whole or not at all. @module */
import type { DatabaseSync } from 'node:sqlite'

/** Immediate: the lock is taken before the first read of `work`, so that nothing changes between check and write. */
export function writing<Value>(database: DatabaseSync, work: () => Value): Value {
  database.exec('BEGIN IMMEDIATE')
  try {
    const value = work()
    database.exec('COMMIT')
    return value
  } catch (error) {
    // A full disk has ended the transaction already; the error that says so must not be lost.
    if (database.isTransaction) database.exec('ROLLBACK')
    throw error
  }
}
