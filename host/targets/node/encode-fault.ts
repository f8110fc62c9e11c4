/** Errors as they cross from one thread to another. @module */

import {
  isMayflyError,
  MayflyError,
  type EncodedMayflyError,
} from '../../../runtime/errors/index.ts'

/** Encodes an error. An error that is not ours gets a message with the failed `action`. */
export function encodeFault(error: unknown, action: string): EncodedMayflyError {
  if (isMayflyError(error)) return error.encode()
  const message = error instanceof Error ? error.message : String(error)
  return new MayflyError('ERR_HOST_UNAVAILABLE', `${action}: ${message}`).encode()
}
