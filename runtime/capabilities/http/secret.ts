/**
 * Where the secrets come from that http rules put into headers. Not a capability of its own: no guest can
 * ask for one.
 *
 * @module
 */

/** A value that http rules put into headers. No guest sees it. */
export interface Secret {
  /** What is put in place of `{secret:NAME}`. */
  readonly value: string
  /**
   * Hosts it may be sent to: names, or `*.` and a suffix.
   *
   * @default whatever host a rule names
   */
  readonly hosts?: readonly string[]
}

/** Where the secrets of a host are. */
export interface SecretDriver {
  /** For messages: `environment`. */
  readonly name: string
  /** Read when an agent is loaded, so that all its requests send the same. */
  get(name: string): Secret | undefined
  /** How to set the secret `name`, for the operator who has not. */
  hint(name: string): string
}
