/** Errors with stable codes. @module */
export {
  isMayflyError,
  MayflyError,
  SYSTEM_ERROR_CODES,
  USER_ERROR_CODES,
  type EncodedMayflyError,
  type MayflyErrorCode,
  type MayflyErrorOptions,
} from './mayfly-error.ts'
