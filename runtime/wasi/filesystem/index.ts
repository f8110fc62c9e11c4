/** Files. @module */
export { wasiFilesystem, type WasiFilesystemOptions } from './filesystem.ts'
