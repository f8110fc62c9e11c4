/** Rewritten modules, kept in files. @module */
export { codeStore, type CodeStoreOptions } from './code-store.ts'
