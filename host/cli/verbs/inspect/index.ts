/** What `main.ts` loads for `mayfly inspect`. @module */
export { verb } from './inspect.ts'
