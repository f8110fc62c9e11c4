/**
 * Digests at once, by Node.
 *
 * @module
 */
export { digestOf, sha256 } from './digest.ts'
