/** Files of SQLite that threads and processes of one machine share. @module */
export { BUSY_TIMEOUT_MS, openDatabase, type DatabaseFile } from './open-database.ts'
export { writing } from './writing.ts'
