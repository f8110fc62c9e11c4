/** Key-value stores. @module */
export { wasiKeyvalue } from './keyvalue.ts'
