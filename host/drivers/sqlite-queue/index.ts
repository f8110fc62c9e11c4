/** Queues in a file of SQLite. @module */
export { sqliteQueue, type SqliteQueueOptions } from './sqlite-queue.ts'
