/** Errors with stable codes, and how text from outside is shown. @module */
export {
  isMayflyError,
  MayflyError,
  SYSTEM_ERROR_CODES,
  USER_ERROR_CODES,
  type EncodedMayflyError,
  type MayflyErrorCode,
  type MayflyErrorOptions,
} from './mayfly-error.ts'
export { nearest } from './nearest.ts'
export { printable, printableJson, printableLines } from './printable.ts'
export { releaseFrames } from './release-frames.ts'
export { requireMethods } from './require-methods.ts'
export { CANCELLED } from './cancelled.ts'
