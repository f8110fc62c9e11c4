/** Rewritten modules, kept in files between runs. @module */
export { codeStore, type CodeStoreOptions } from '../../drivers/code-store/index.ts'
