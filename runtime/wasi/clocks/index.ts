/** Time. @module */
export { datetimeOf, wasiClocks, type Datetime } from './clocks.ts'
