/** The time. @module */
export { clock, type ClockOptions } from './clock.ts'
