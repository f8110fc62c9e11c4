/** The verb `mayfly tail`, for `main.ts`. @module */
export { verb } from './tail.ts'
