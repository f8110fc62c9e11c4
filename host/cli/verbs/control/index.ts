/** The verb `mayfly control`, for `main.ts`. @module */
export { verb } from './control.ts'
