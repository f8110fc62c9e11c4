/** The verb `mayfly run`, for `main.ts`. @module */
export { verb } from './run.ts'
