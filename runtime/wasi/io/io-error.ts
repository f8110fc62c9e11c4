/**
 * `wasi:io/error` and the errors of streams.
 *
 * @module
 */
import { GuestError } from '../../host-module/index.ts'

/** The typed error behind `error`, for `http-error-code` and `filesystem-error-code`. */
export let causeOf: (error: IoError) => unknown

/** The reason why an operation on a stream failed. Its text is written for the guest. */
export class IoError {
  readonly #message: string
  /** The error of the package behind the stream, such as an error code of HTTP. */
  readonly #cause: unknown

  constructor(message: string, cause?: unknown) {
    this.#message = message
    this.#cause = cause
  }

  toDebugString(): string {
    return this.#message
  }

  static {
    causeOf = (error) => error.#cause
  }
}

export type StreamError =
  { readonly tag: 'last-operation-failed'; readonly val: IoError } | { readonly tag: 'closed' }

export function closed(): GuestError<StreamError> {
  return new GuestError<StreamError>({ tag: 'closed' })
}

export function failed(message: string, cause?: unknown): GuestError<StreamError> {
  return new GuestError<StreamError>({
    tag: 'last-operation-failed',
    val: new IoError(message, cause),
  })
}
