/** The time. @module */
export { clock, type ClockGrant, type ClockOptions } from './clock.ts'
