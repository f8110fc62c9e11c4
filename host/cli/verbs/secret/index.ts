/** `mayfly secret`. @module */
export { verb } from './secret.ts'
