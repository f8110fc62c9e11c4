/** Calls of the file system, with failures in a form that a guest may see. @module */

import { fileError, type FileErrorCode } from '../../../runtime/wasi/index.ts'

const CODES: Readonly<Record<string, FileErrorCode>> = {
  EACCES: 'access',
  EBUSY: 'busy',
  EDQUOT: 'insufficient-space',
  EEXIST: 'exist',
  EFBIG: 'file-too-large',
  EISDIR: 'is-directory',
  ELOOP: 'no-entry',
  EMFILE: 'insufficient-memory',
  EMLINK: 'too-many-links',
  ENAMETOOLONG: 'name-too-long',
  ENFILE: 'insufficient-memory',
  ENOENT: 'no-entry',
  ENOSPC: 'insufficient-space',
  ENOTDIR: 'not-directory',
  ENOTEMPTY: 'not-empty',
  ENOTSUP: 'unsupported',
  EOPNOTSUPP: 'unsupported',
  EPERM: 'not-permitted',
  EROFS: 'read-only',
  EXDEV: 'cross-device',
}

/** Runs a call of the file system; throws its failure as an error that a guest may see. */
export function asked<Result>(work: () => Result): Result {
  try {
    return work()
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code
    if (code === undefined) throw error
    throw fileError(CODES[code] ?? 'io')
  }
}
