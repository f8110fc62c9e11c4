/** Files of agents in a directory of the host. @module */
export { directoryFiles, type DirectoryFilesOptions } from '../../drivers/directory-files/index.ts'
