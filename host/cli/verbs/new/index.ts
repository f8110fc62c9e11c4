/** The verb `mayfly new`, for `main.ts`. @module */
export { verb } from './new.ts'
