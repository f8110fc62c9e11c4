/** State of a host as files of one directory. @module */
export { directoryState, type DirectoryStateOptions } from './directory-state.ts'
