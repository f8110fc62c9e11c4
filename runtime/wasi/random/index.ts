/** Randomness. @module */
export { wasiRandom } from './random.ts'
