/** What `main.ts` loads for `mayfly new`. @module */
export { verb } from './new.ts'
