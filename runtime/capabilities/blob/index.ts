/** Bytes that pass by reference. @module */
export { blob } from './blob.ts'
