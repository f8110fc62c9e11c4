/** Queues in a file of SQLite, which Node brings. @module */
export { sqliteQueue, type SqliteQueueOptions } from '../../drivers/sqlite-queue/index.ts'
