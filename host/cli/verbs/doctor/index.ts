/** The verb `mayfly doctor`, for `main.ts`. @module */
export { verb } from './doctor.ts'
