/** The verb `mayfly queue`, for `main.ts`. @module */
export { verb } from './queue.ts'
