/** Finds secrets in responses. @module */
export { SecretSearch, type Found } from './secret-search.ts'
