/** Values of the manifest. @module */
export { config, type ConfigOptions } from './config.ts'
