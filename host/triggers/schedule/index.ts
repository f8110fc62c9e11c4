/** Runs of schedules. @module */
export { memoryBook, type RunBook, type ScheduleKey, type ScheduleState } from './run-book.ts'
export {
  Scheduler,
  type RunReport,
  type ScheduledAgent,
  type ScheduleSummary,
} from './scheduler.ts'
export { SCHEDULE_FILE, sqliteBook } from './sqlite-book.ts'
export { missedRuns, nextRun, type MissedRuns } from './times.ts'
