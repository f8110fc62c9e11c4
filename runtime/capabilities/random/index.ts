/** Randomness. @module */
export { random, type RandomOptions } from './random.ts'
export { seededFill } from './seeded-fill.ts'
