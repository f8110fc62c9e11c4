/** Randomness. @module */
export { random, type RandomOptions } from './random.ts'
