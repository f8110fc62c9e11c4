/** Load on a server of HTTP/1.1. @module */
export { load, type LoadOptions, type LoadReport } from './load.ts'
export { methodOf } from './request-bytes.ts'
