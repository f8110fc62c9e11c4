/** Lines for the operator. @module */
export { consoleLog, LOG_LEVELS, type LogDriver, type LogLevel, type LogLine } from './driver.ts'
export { log } from './log.ts'
