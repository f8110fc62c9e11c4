/**
 * Empties key-value stores, for a person who writes agents and begins anew.
 *
 * @module
 */
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { BUSY_TIMEOUT_MS } from '../../sqlite/index.ts'
import { FILE_ENDING } from './sqlite-kv.ts'

/** The stores of one agent that had something in them. */
export interface ClearedStores {
  /** The name of the file, without its ending: it is that of the agent. */
  readonly agent: string
  readonly keys: number
}

/**
 * Removes all keys of all stores in `directory`. A host that has them open sees them empty from then on.
 *
 * @throws the error of SQLite, such as for a file that another program has locked
 */
export function clearStores(directory: string): ClearedStores[] {
  return filesIn(directory).flatMap((file) => {
    const { DatabaseSync } = process.getBuiltinModule('node:sqlite')
    const database = new DatabaseSync(join(directory, file), { timeout: BUSY_TIMEOUT_MS })
    try {
      const { changes } = database.prepare('DELETE FROM kv').run()
      const keys = Number(changes)
      return keys === 0 ? [] : [{ agent: file.slice(0, -FILE_ENDING.length), keys }]
    } finally {
      database.close()
    }
  })
}

function filesIn(directory: string): string[] {
  try {
    return readdirSync(directory).filter((name) => name.endsWith(FILE_ENDING))
  } catch {
    return [] // Nothing was ever kept
  }
}
