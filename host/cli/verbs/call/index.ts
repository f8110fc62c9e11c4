/** What `main.ts` loads for `mayfly call`. @module */
export { verb } from './call.ts'
