/** Files of agents. @module */
export { fileError, type FileErrorCode } from './file-error.ts'
export {
  type DirectoryNode,
  type FileArea,
  type FileNode,
  type FileTimes,
  type FilesDriver,
  type KeptArea,
  type Node,
  type OpenAreaOptions,
} from './area.ts'
export { wasiFilesystem, type WasiFilesystemOptions } from './filesystem.ts'
export { memoryFiles, type MemoryFilesOptions } from './memory-area.ts'
