/** Writes packed agents for a platform. @module */
export { PACK_TARGETS, type PackTarget } from './targets.ts'
export { writePack, type WritePackOptions, type WrittenPack } from './write-pack.ts'
