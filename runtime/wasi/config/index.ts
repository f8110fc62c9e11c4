/** Configuration and environment. @module */
export { wasiConfig } from './config.ts'
