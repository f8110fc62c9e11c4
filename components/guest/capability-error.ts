/**
 * The error that an agent catches when the host refuses or fails.
 *
 * @module
 */
import type { Capability } from './capability.gen.ts'

/** Every code of a `CapabilityError`. */
export const CAPABILITY_ERROR_CODES = [
  'denied', // The manifest does not grant it. Retrying cannot help
  'limited', // A budget of this request is spent
  'malformed', // The URL, key, value or header cannot be used as written
  'timeout', // The other side did not answer in time. Retrying may help
  'unavailable', // The other side or the backend failed. Retrying may help
  'redirected', // The other side redirects, and the request does not follow
  'failed', // The tool ran and gave no result
  'unknown', // A response or result was asked for twice
  'closed', // The client went away
  'misused', // Called in the wrong order
  'mistyped', // A field of an algorithm is missing, or of another type
  'unsupported', // The host has no such algorithm
  'unusable', // The usages of a key do not fit its algorithm
  'unfit', // The key is not for this
] as const

/** Why the host refused a call or failed at it. */
export type CapabilityErrorCode = (typeof CAPABILITY_ERROR_CODES)[number]

export type { Capability }

/** The host refused a call or failed at it; `code` says which. */
export class CapabilityError extends Error {
  override readonly name = 'CapabilityError'
  /** The capability that was used. */
  readonly capability: Capability
  /** Why it was refused or failed. */
  readonly code: CapabilityErrorCode

  constructor(capability: Capability, code: CapabilityErrorCode, message: string) {
    super(message)
    this.capability = capability
    this.code = code
  }
}

export function isCapabilityErrorCode(code: string): code is CapabilityErrorCode {
  return (CAPABILITY_ERROR_CODES as readonly string[]).includes(code)
}
