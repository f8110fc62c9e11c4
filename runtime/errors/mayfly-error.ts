/**
 * The one error class callers are expected to catch, and the closed list of its codes.
 *
 * A code is API: it is never renamed. The message and the hint are for operators; guests and HTTP
 * clients get neither.
 *
 * @module
 */

/** Codes of errors that the user of Mayfly can correct. */
export const USER_ERROR_CODES = [
  'ERR_COMPONENT_MALFORMED', // The bytes are not a component, or break the binary format
  'ERR_COMPONENT_UNSUPPORTED', // A valid component that uses a feature the linker does not have
  'ERR_IMPORT_UNSATISFIED', // The component imports something that neither host nor another agent provides
  'ERR_EXPORT_MISSING', // The component lacks an export that the caller asked for
  'ERR_MANIFEST_INVALID', // agent.json does not parse or breaks a rule
  'ERR_CAPABILITY_DENIED', // The component imports or used something its manifest does not grant
  'ERR_POLICY_DENIED', // The manifest asks for more than the policy of the host allows
  'ERR_LIMIT_EXCEEDED', // A deadline, memory, call or byte budget ran out
  'ERR_BUILD_FAILED', // The source of an agent does not build
  'ERR_VALUE_MISMATCH', // A value does not fit the WIT type it was passed as
  'ERR_USAGE', // The command line or the configuration of the host is off
] as const

/** Codes of failures inside a guest or the host. */
export const SYSTEM_ERROR_CODES = [
  'ERR_GUEST_TRAPPED', // The guest executed a trap, or broke the canonical ABI
  'ERR_GUEST_FAILED', // The guest returned its error variant, or threw
  'ERR_GUEST_KILLED', // The guest was stopped from outside
  'ERR_CLIENT_GONE', // The client, or the calling agent, left before it had its answer
  'ERR_POOL_EXHAUSTED', // No slot became free within the bound of the queue
  'ERR_HOST_UNAVAILABLE', // Something the host needs is not there: a port, a directory, a backend
  'ERR_RUNTIME_CLOSED', // The runtime or the agent was closed
] as const

/** A stable name of an error. A code is never renamed. */
export type MayflyErrorCode =
  (typeof USER_ERROR_CODES)[number] | (typeof SYSTEM_ERROR_CODES)[number]

/** Parts of an error beside its code and its message. */
export interface MayflyErrorOptions {
  /** The remedy: the exact line to change, where there is one. */
  hint?: string
  /** The error this one wraps. */
  cause?: unknown
  /** Facts, for programs. Strings and numbers only, so that an error crosses threads unharmed. */
  facts?: Readonly<Record<string, string | number>>
}

/** The same error as plain data, for crossing a thread: `structuredClone` drops class, name and code. */
export interface EncodedMayflyError {
  /** As `code` of the error. */
  code: MayflyErrorCode
  /** As `message` of the error. */
  message: string
  /** As `hint` of the error. */
  hint?: string
  /** As `facts` of the error. */
  facts?: Readonly<Record<string, string | number>>
}

/** An error with a stable `code`, a message that states the failure, and a hint that states the remedy. */
export class MayflyError extends Error {
  override readonly name = 'MayflyError'
  /** A stable name of what went wrong. */
  readonly code: MayflyErrorCode
  /** What to do about it; for operators. */
  readonly hint: string | undefined
  /** Names and numbers that the message mentions, for programs. */
  readonly facts: Readonly<Record<string, string | number>>

  constructor(code: MayflyErrorCode, message: string, options: MayflyErrorOptions = {}) {
    super(message, 'cause' in options ? { cause: options.cause } : undefined)
    this.code = code
    this.hint = options.hint
    this.facts = options.facts ?? {}
  }

  /** Returns this error as plain data. The cause stays behind: it may hold anything. */
  encode(): EncodedMayflyError {
    return {
      code: this.code,
      message: this.message,
      ...(this.hint === undefined ? {} : { hint: this.hint }),
      facts: this.facts,
    }
  }

  /** Makes an error from the result of `encode`. */
  static decode({ code, message, hint, facts }: EncodedMayflyError): MayflyError {
    return new MayflyError(code, message, {
      ...(hint === undefined ? {} : { hint }),
      ...(facts === undefined ? {} : { facts }),
    })
  }
}

/** Whether `error` is a `MayflyError`, of this or another copy of the package. */
export function isMayflyError(error: unknown): error is MayflyError {
  // By name and code, not by class: two copies of this package recognise each other's errors.
  return error instanceof Error && error.name === 'MayflyError' && 'code' in error
}
