/** The verb `mayfly inspect`, for `main.ts`. @module */
export { verb } from './inspect.ts'
