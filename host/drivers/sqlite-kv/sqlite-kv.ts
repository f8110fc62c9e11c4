/**
 * The default key-value driver: one SQLite file an agent, in one directory.
 *
 * Synchronous on purpose: a read takes microseconds, and an answer at once does not suspend the guest. In WAL mode
 * with `synchronous = NORMAL` writes survive the end of the process, SIGKILL included. Only a loss of power may take
 * back the last writes. Worker threads and processes share the files. Only this user can read them.
 *
 * A little longer than other files: it has one method for each promise of the contract.
 *
 * Longer than other files: each statement of SQL stands beside the code that runs it.
 *
 * @module
 */

import { join } from 'node:path'
import type { DatabaseSync, StatementSync } from 'node:sqlite'
import {
  addToCounter,
  encodeCounter,
  fitsQuota,
  growthOf,
  MAX_COUNTER_BYTES,
  sameBytes,
  type KvChange,
  type KvChangeOutcome,
  type KvDriver,
  type KvEntry,
  type KvIncrementOutcome,
  type KvNamespace,
  type KvQuota,
  type KvRange,
  type KvWriteOutcome,
} from '../../../runtime/capabilities/kv/index.ts'
import { openDatabase, writing } from '../../sqlite/index.ts'

/** Where the files are, and the clock of the stores. */
export interface SqliteKvOptions {
  /** Where the files are. Made when it is not there, for this user only. */
  directory: string
  /**
   * Milliseconds since 1970, by which values expire. A test passes its own.
   *
   * @default Date.now
   */
  now?: () => number
}

/** Of the files. */
export const FILE_ENDING = '.kv.sqlite'

// Triggers keep `usage`, so that it matches the table after writes of any program.
const SCHEMA = `
  CREATE TABLE IF NOT EXISTS kv (
    store TEXT NOT NULL, key TEXT NOT NULL, value BLOB NOT NULL, expires INTEGER,
    PRIMARY KEY (store, key)
  ) WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS kv_expires ON kv (store, expires) WHERE expires IS NOT NULL;
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

// Files of version 0 lack the column `expires`. https://sqlite.org/pragma.html#pragma_user_version
const SCHEMA_VERSION = 1
const FROM_VERSION_0 = 'ALTER TABLE kv ADD COLUMN expires INTEGER'

/** Key-value stores in files of SQLite, one an agent, shared by all threads and processes of the machine. */
export function sqliteKv({ directory, now = Date.now }: SqliteKvOptions): KvDriver {
  return {
    name: 'sqlite',
    open: (namespace) => new SqliteNamespace(join(directory, fileName(namespace)), now),
  }
}

/** Any name becomes one file name, and no two names the same one, also where case does not count. */
function fileName(namespace: string): string {
  const safe = namespace.replaceAll(
    /[^a-z0-9-]/g,
    (character) => `_${character.codePointAt(0)?.toString(16)}_`,
  )
  return safe + FILE_ENDING
}

class SqliteNamespace implements KvNamespace {
  readonly #database: DatabaseSync
  readonly #now: () => number
  readonly #get: StatementSync
  readonly #length: StatementSync
  readonly #usage: StatementSync
  readonly #set: StatementSync
  readonly #delete: StatementSync
  readonly #expire: StatementSync
  readonly #keys: StatementSync

  constructor(file: string, now: () => number) {
    const database = openDatabase({
      path: file,
      noun: 'key-value file',
      version: SCHEMA_VERSION,
      migrate,
    })
    this.#database = database
    this.#now = now
    const live = '(expires IS NULL OR expires > ?)'
    this.#get = database.prepare(
      `SELECT value, expires FROM kv WHERE store = ? AND key = ? AND ${live}`,
    )
    this.#length = database.prepare(
      `SELECT length(value) AS length FROM kv WHERE store = ? AND key = ? AND ${live}`,
    )
    this.#usage = database.prepare('SELECT keys, bytes FROM usage WHERE store = ?')
    this.#set = database.prepare(
      'INSERT INTO kv VALUES (?, ?, ?, ?) ON CONFLICT (store, key) DO UPDATE SET value = excluded.value, expires = excluded.expires',
    )
    this.#delete = database.prepare('DELETE FROM kv WHERE store = ? AND key = ?')
    this.#expire = database.prepare('DELETE FROM kv WHERE store = ? AND expires <= ?')
    this.#keys = database.prepare(
      `SELECT key FROM kv WHERE store = ? AND key >= ? AND key > ? AND ${live} ORDER BY key LIMIT ?`,
    )
  }

  get(store: string, key: string): Uint8Array | undefined {
    return this.#read(store, key)?.value
  }

  getMany(store: string, keys: readonly string[]): (Uint8Array | undefined)[] {
    this.#database.exec('BEGIN')
    try {
      return keys.map((key) => this.get(store, key))
    } finally {
      this.#database.exec('COMMIT')
    }
  }

  set(store: string, entry: KvEntry, quota: KvQuota): KvWriteOutcome {
    return this.setMany(store, [entry], quota)
  }

  setMany(store: string, entries: readonly KvEntry[], quota: KvQuota): KvWriteOutcome {
    return this.#write(() => this.#store(store, entries, quota))
  }

  compareAndSet(
    store: string,
    key: string,
    { expected, value, ttlMs }: KvChange,
    quota: KvQuota,
  ): KvChangeOutcome {
    return this.#write(() => {
      // Most often the length differs, and that needs no read of the value, which may be a megabyte.
      if (this.#lengthOf(store, key) !== expected?.length) return 'changed'
      if (!sameBytes(this.get(store, key), expected)) return 'changed'
      if (value !== undefined) return this.#store(store, [{ key, value, ttlMs }], quota)
      this.delete(store, key)
      return 'stored'
    })
  }

  delete(store: string, key: string): void {
    this.#delete.run(store, key)
  }

  deleteMany(store: string, keys: readonly string[]): void {
    this.#write(() => {
      for (const key of keys) this.delete(store, key)
    })
  }

  keys(store: string, { prefix, after, limit }: KvRange): string[] {
    const keys: string[] = []
    for (const row of this.#keys.iterate(store, prefix, after ?? '', this.#now(), limit)) {
      const key = String(row['key'])
      // Keys are sorted: the first without the prefix ends those with it.
      if (!key.startsWith(prefix)) break
      keys.push(key)
    }
    return keys
  }

  increment(store: string, key: string, delta: bigint, quota: KvQuota): KvIncrementOutcome {
    return this.#write(() => {
      const length = this.#lengthOf(store, key)
      if (length !== undefined && length > MAX_COUNTER_BYTES) return { state: 'malformed' }
      const old = this.#read(store, key)
      const sum = addToCounter(old?.value, delta)
      if (sum === undefined) return { state: 'malformed' }
      const ttlMs = old?.expires === undefined ? undefined : old.expires - this.#now()
      const written = this.#store(store, [{ key, value: encodeCounter(sum), ttlMs }], quota)
      return written === 'full' ? { state: 'full' } : { state: 'stored', sum }
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#database.isOpen) this.#database.close()
  }

  #read(
    store: string,
    key: string,
  ): { value: Uint8Array; expires: number | undefined } | undefined {
    const row = this.#get.get(store, key, this.#now())
    if (!(row?.['value'] instanceof Uint8Array)) return undefined
    const expires = row['expires']
    return { value: row['value'], expires: typeof expires === 'number' ? expires : undefined }
  }

  #lengthOf(store: string, key: string): number | undefined {
    const length = this.#length.get(store, key, this.#now())?.['length']
    return typeof length === 'number' ? length : undefined
  }

  /** Inside a transaction. */
  #store(store: string, entries: readonly KvEntry[], quota: KvQuota): KvWriteOutcome {
    const now = Math.floor(this.#now())
    // First, so that expired values do not count against the quota.
    this.#expire.run(store, now)
    const growth = growthOf(entries, (key) => this.#lengthOf(store, key))
    const usage = this.#usage.get(store)
    const used = { bytes: Number(usage?.['bytes'] ?? 0), keys: Number(usage?.['keys'] ?? 0) }
    if (!fitsQuota(growth, used, quota)) return 'full'
    for (const { key, value, ttlMs } of entries) {
      this.#set.run(store, key, value, ttlMs === undefined ? null : Math.ceil(now + ttlMs))
    }
    return 'stored'
  }

  #write<Value>(work: () => Value): Value {
    return writing(this.#database, work)
  }
}

function migrate(database: DatabaseSync): void {
  const old = database.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'kv'").get()
  if (old !== undefined) database.exec(FROM_VERSION_0)
  database.exec(SCHEMA)
}
