/** The verb `mayfly policy`, for `main.ts`. @module */
export { verb } from './policy.ts'
