/** Builds apart from the thread that asks for it. @module */
export { buildApart, type BuildApartOptions } from './build-apart.ts'
