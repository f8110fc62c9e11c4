/** Waiting. @module */
export { pendingOf, PendingSet } from './pending.ts'
export { poll, type PollOptions } from './poll.ts'
