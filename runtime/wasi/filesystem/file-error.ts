/**
 * Error codes of `wasi:filesystem`, the part of them that this file system gives.
 *
 * @module
 */
import { GuestError } from '../../host-module/index.ts'
import { failed, type StreamError } from '../io/index.ts'

/** Why a call on files did not happen, as `wasi:filesystem` names it. */
export type FileErrorCode =
  | 'access'
  | 'bad-descriptor'
  | 'busy'
  | 'exist'
  | 'file-too-large'
  | 'insufficient-memory'
  | 'insufficient-space'
  | 'invalid'
  | 'io'
  | 'is-directory'
  | 'name-too-long'
  | 'no-entry'
  | 'not-directory'
  | 'not-empty'
  | 'not-permitted'
  | 'quota'
  | 'read-only'
  | 'too-many-links'
  | 'unsupported'
  | 'cross-device'

/** The cause of an error of a file's stream. */
export class FileFailure {
  readonly code: FileErrorCode

  constructor(code: FileErrorCode) {
    this.code = code
  }
}

/** Makes the error that methods of an area throw, so that the guest gets `code`. */
export function fileError(code: FileErrorCode): GuestError<FileErrorCode> {
  return new GuestError(code)
}

/** The same for a stream, which has other errors. */
export function fileStreamError(code: FileErrorCode): GuestError<StreamError> {
  return failed(`The file: ${code}`, new FileFailure(code))
}
