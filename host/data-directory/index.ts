/** Where a host keeps what. Imports nothing of the host: verbs that only look for a file start at once. @module */
export {
  auditDirectory,
  controlSocket,
  LEDGER_FILE,
  ledgerFile,
  MARK_FILE,
  markFile,
} from './places.ts'
