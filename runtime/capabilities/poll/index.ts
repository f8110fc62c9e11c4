/** Waiting. @module */
export { poll } from './poll.ts'
