/** How files come to be. @module */
export { replaceFile, replaceFileSync, type ReplaceFileOptions } from './replace-file.ts'
