/** Files. @module */
export { wasiFilesystem, type FilesGrant, type WasiFilesystemOptions } from './filesystem.ts'
