/** Values of the manifest. @module */
export { config } from './config.ts'
