/** Compression of answers. @module */
export { Compression } from './compression.ts'
