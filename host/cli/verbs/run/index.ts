/** What `main.ts` loads for `mayfly run`. @module */
export { verb } from './run.ts'
