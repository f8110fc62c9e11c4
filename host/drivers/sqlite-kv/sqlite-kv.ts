/**
 * The default key-value driver: one SQLite file an agent, in one directory.
 *
 * Synchronous on purpose: a read takes microseconds, and an answer at once does not suspend the guest. In
 * WAL mode with `synchronous = NORMAL` what was written survives the end of the process, SIGKILL included;
 * only a loss of power may take back the last writes. Worker threads and processes share the files.
 *
 * @module
 */

import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync, type StatementSync } from 'node:sqlite'
import {
  addToCounter,
  encodeCounter,
  type KvDriver,
  type KvIncrementOutcome,
  type KvNamespace,
  type KvQuota,
  type KvRange,
} from '../../../runtime/capabilities/kv/index.ts'
import { MayflyError } from '../../../runtime/errors/index.ts'

export interface SqliteKvOptions {
  /** Where the files are. Made when it is not there. */
  directory: string
}

// A writer holds the lock for microseconds; whoever waits this long waits for something broken.
const BUSY_TIMEOUT_MS = 2000

// `usage` is kept by triggers, so that it cannot drift from what the table holds, whoever writes.
const SCHEMA = `
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = NORMAL;
  CREATE TABLE IF NOT EXISTS kv (
    store TEXT NOT NULL, key TEXT NOT NULL, value BLOB NOT NULL, PRIMARY KEY (store, key)
  ) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS usage (
    store TEXT PRIMARY KEY, keys INTEGER NOT NULL, bytes INTEGER NOT NULL
  ) WITHOUT ROWID;
  CREATE TRIGGER IF NOT EXISTS kv_insert AFTER INSERT ON kv BEGIN
    INSERT INTO usage VALUES (new.store, 1, octet_length(new.key) + length(new.value))
    ON CONFLICT (store) DO UPDATE SET keys = keys + 1, bytes = bytes + excluded.bytes;
  END;
  CREATE TRIGGER IF NOT EXISTS kv_update AFTER UPDATE ON kv BEGIN
    UPDATE usage SET bytes = bytes + length(new.value) - length(old.value) WHERE store = new.store;
  END;
  CREATE TRIGGER IF NOT EXISTS kv_delete AFTER DELETE ON kv BEGIN
    UPDATE usage SET keys = keys - 1, bytes = bytes - octet_length(old.key) - length(old.value)
    WHERE store = old.store;
  END;
`

export function sqliteKv({ directory }: SqliteKvOptions): KvDriver {
  return {
    name: 'sqlite',
    open(namespace) {
      const file = join(directory, fileName(namespace))
      try {
        mkdirSync(directory, { recursive: true })
        return new SqliteNamespace(file)
      } catch (cause) {
        throw new MayflyError('ERR_HOST_UNAVAILABLE', `Cannot open key-value file "${file}"`, {
          cause,
          hint: `Make "${directory}" writable for this user, or choose another directory with --data`,
          facts: { file },
        })
      }
    },
  }
}

/** Any name becomes one file name, and no two names the same one, also where case does not count. */
function fileName(namespace: string): string {
  const safe = namespace.replaceAll(
    /[^a-z0-9-]/g,
    (character) => `_${character.codePointAt(0)?.toString(16)}_`,
  )
  return `${safe}.kv.sqlite`
}

class SqliteNamespace implements KvNamespace {
  readonly #database: DatabaseSync
  readonly #get: StatementSync
  readonly #usage: StatementSync
  readonly #set: StatementSync
  readonly #delete: StatementSync
  readonly #keys: StatementSync

  constructor(file: string) {
    const database = new DatabaseSync(file, { timeout: BUSY_TIMEOUT_MS })
    database.exec(SCHEMA)
    this.#database = database
    this.#get = database.prepare('SELECT value FROM kv WHERE store = ? AND key = ?')
    this.#usage = database.prepare('SELECT keys, bytes FROM usage WHERE store = ?')
    this.#set = database.prepare(
      'INSERT INTO kv VALUES (?, ?, ?) ON CONFLICT (store, key) DO UPDATE SET value = excluded.value',
    )
    this.#delete = database.prepare('DELETE FROM kv WHERE store = ? AND key = ?')
    this.#keys = database.prepare(
      'SELECT key FROM kv WHERE store = ? AND key >= ? AND key > ? ORDER BY key LIMIT ?',
    )
  }

  get(store: string, key: string): Uint8Array | undefined {
    const value = this.#get.get(store, key)?.['value']
    return value instanceof Uint8Array ? value : undefined
  }

  set(store: string, key: string, value: Uint8Array, quota: KvQuota): 'stored' | 'full' {
    return this.#write(() => {
      if (!this.#fits(store, key, value, this.get(store, key), quota)) return 'full'
      this.#set.run(store, key, value)
      return 'stored'
    })
  }

  delete(store: string, key: string): void {
    this.#delete.run(store, key)
  }

  keys(store: string, { prefix, after, limit }: KvRange): string[] {
    const keys: string[] = []
    for (const row of this.#keys.iterate(store, prefix, after ?? '', limit)) {
      const key = String(row['key'])
      // Keys are sorted: the first without the prefix ends those with it.
      if (!key.startsWith(prefix)) break
      keys.push(key)
    }
    return keys
  }

  increment(store: string, key: string, delta: bigint, quota: KvQuota): KvIncrementOutcome {
    return this.#write(() => {
      const old = this.get(store, key)
      const sum = addToCounter(old, delta)
      if (sum === undefined) return { state: 'malformed' }
      const value = encodeCounter(sum)
      if (!this.#fits(store, key, value, old, quota)) return { state: 'full' }
      this.#set.run(store, key, value)
      return { state: 'stored', sum }
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#database.isOpen) this.#database.close()
  }

  #fits(
    store: string,
    key: string,
    value: Uint8Array,
    old: Uint8Array | undefined,
    { maxBytes, maxKeys }: KvQuota,
  ): boolean {
    // What does not grow always fits: a store over a lowered quota must stay usable.
    if (old !== undefined && value.length <= old.length) return true
    const usage = this.#usage.get(store)
    const grown =
      old === undefined ? Buffer.byteLength(key) + value.length : value.length - old.length
    if (Number(usage?.['bytes'] ?? 0) + grown > maxBytes) return false
    return old !== undefined || Number(usage?.['keys'] ?? 0) < maxKeys
  }

  /** Immediate: the lock is taken before the first read, so that nothing changes between check and write. */
  #write<Value>(work: () => Value): Value {
    this.#database.exec('BEGIN IMMEDIATE')
    try {
      const value = work()
      this.#database.exec('COMMIT')
      return value
    } catch (error) {
      this.#database.exec('ROLLBACK')
      throw error
    }
  }
}
