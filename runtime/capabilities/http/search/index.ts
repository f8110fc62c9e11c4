/** Finds secrets in what comes back from outside. @module */
export { SecretSearch, type Found } from './secret-search.ts'
