/**
 * The source of secrets that http rules put into headers. It is not a capability: no guest can ask for a secret.
 *
 * @module
 */

/** A value that http rules put into headers. No guest sees it. */
export interface Secret {
  /** What is put in place of `{secret:NAME}`. */
  readonly value: string
  /**
   * Hosts that may get it: names, or `*.` and a suffix.
   *
   * @default every host that a rule names
   */
  readonly hosts?: readonly string[]
}

/** Where the secrets of a host are. */
export interface SecretDriver {
  /** For messages: `environment`. */
  readonly name: string
  /** Read when an agent is loaded, so that all its requests send the same. */
  get(name: string): Secret | undefined
  /** Tells an operator how to set the secret `name`. */
  hint(name: string): string
}
