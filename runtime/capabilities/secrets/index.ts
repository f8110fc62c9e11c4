/** Cryptography, and secrets of the host as keys. @module */
export { secrets } from './secrets.ts'
