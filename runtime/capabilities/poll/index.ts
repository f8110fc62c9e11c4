/** Waiting. @module */
export { pendingOf, PendingSet } from './pending.ts'
export { poll } from './poll.ts'
