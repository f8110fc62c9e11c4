/**
 * `error-code` of `wasi:http/types`, the part of it that this host gives.
 *
 * @module
 */
import { GuestError } from '../../host-module/index.ts'
import { causeOf, failed, IoError, type StreamError } from '../io/index.ts'

export type ErrorCode =
  | {
      readonly tag:
        | 'destination-unavailable'
        | 'destination-IP-prohibited'
        | 'connection-limit-reached'
        | 'connection-read-timeout'
        | 'connection-terminated'
        | 'HTTP-request-denied'
        | 'HTTP-request-method-invalid'
        | 'HTTP-request-URI-invalid'
        | 'HTTP-response-incomplete'
        | 'HTTP-response-timeout'
        | 'HTTP-protocol-error'
        | 'configuration-error'
    }
  | {
      readonly tag: 'HTTP-request-body-size' | 'HTTP-response-body-size'
      readonly val: bigint | undefined
    }
  | {
      readonly tag: 'HTTP-request-header-section-size' | 'HTTP-response-header-section-size'
      readonly val: number | undefined
    }
  | { readonly tag: 'internal-error'; readonly val: string | undefined }

// Of the codes above, those that carry nothing.
const PLAIN: ReadonlySet<string> = new Set([
  'destination-unavailable',
  'destination-IP-prohibited',
  'connection-limit-reached',
  'connection-read-timeout',
  'connection-terminated',
  'HTTP-request-denied',
  'HTTP-request-method-invalid',
  'HTTP-request-URI-invalid',
  'HTTP-response-incomplete',
  'HTTP-response-timeout',
  'HTTP-protocol-error',
  'configuration-error',
])

/** The code that another guest has answered with, by its name; nothing for one that carries more than that. */
export function codeNamed(tag: string): ErrorCode | undefined {
  // The cast: the set has tags of the type, of cases without a payload.
  return PLAIN.has(tag) ? ({ tag } as ErrorCode) : undefined
}

/** How something ended in HTTP, as a guest gets it. */
export type HttpEnd =
  { readonly tag: 'ok'; readonly val: undefined } | { readonly tag: 'err'; readonly val: ErrorCode }

/** The cause of an error of an HTTP stream. */
export class HttpFailure {
  readonly code: ErrorCode

  constructor(code: ErrorCode) {
    this.code = code
  }
}

/** The code for `error`, which a stream of HTTP threw. */
export function streamErrorCode(error: unknown): ErrorCode {
  const { val } = (error as Partial<GuestError<StreamError & { val?: unknown }>>).payload ?? {}
  const cause = val instanceof IoError ? causeOf(val) : undefined
  return cause instanceof HttpFailure ? cause.code : { tag: 'HTTP-protocol-error' }
}

/** A stream of HTTP failed. */
export function httpFailed(message: string, code: ErrorCode): GuestError<StreamError> {
  return failed(message, new HttpFailure(code))
}

export function refused(code: ErrorCode): GuestError<ErrorCode> {
  return new GuestError(code)
}

/** The error arm of a WIT `result` that has no payload for it. */
export function unfit(): GuestError<undefined> {
  return new GuestError(undefined)
}
