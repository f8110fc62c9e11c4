/** The verb `mayfly call`, for `main.ts`. @module */
export { verb } from './call.ts'
