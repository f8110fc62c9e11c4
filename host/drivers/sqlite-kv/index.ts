/** The default key-value driver. @module */
export { sqliteKv, type SqliteKvOptions } from './sqlite-kv.ts'
export { clearStores, type ClearedStores } from './clear-stores.ts'
