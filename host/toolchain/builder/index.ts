/** Builds apart from the thread that asks for it. @module */
export { buildApart } from './build-apart.ts'
