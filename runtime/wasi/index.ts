/** WASI 0.2 and 0.3, an invocation at a time, over the capabilities the manifest grants. @module */
export { wasiCli, wasiStdio } from './cli/index.ts'
export { wasiClocks } from './clocks/index.ts'
export { wasiConfig } from './config/index.ts'
export {
  fileError,
  memoryFiles,
  wasiFilesystem,
  type DirectoryNode,
  type FileArea,
  type FileErrorCode,
  type FileNode,
  type FileTimes,
  type FilesDriver,
  type KeptArea,
  type MemoryFilesOptions,
  type Node,
  type OpenAreaOptions,
  type WasiFilesystemOptions,
} from './filesystem/index.ts'
export { wasiHttpService, wasiHttpTypes } from './http/index.ts'
export { wasiIo } from './io/index.ts'
export { wasiKeyvalue } from './keyvalue/index.ts'
export { wasiRandom } from './random/index.ts'
export { wasiSockets } from './sockets/index.ts'
