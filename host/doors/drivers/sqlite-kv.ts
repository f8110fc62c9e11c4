/** Key-value stores in files of SQLite, which Node brings. @module */
export { sqliteKv, type SqliteKvOptions } from '../../drivers/sqlite-kv/index.ts'
