/**
 * The source of secrets: http rules put them into headers, and the capability `secrets` makes keys of them.
 *
 * @module
 */

/** A value that http rules put into headers, or a key. No guest sees it unless the operator lets it. */
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
  /**
   * Returns the secret `name` for `agent`. Asked when an agent is loaded, so that all its requests send the same.
   *
   * @param agent - name of the agent that is to use it: a secret may be for some agents only
   * @returns nothing when there is none for it; a promise where the source has to be waited for
   */
  get(name: string, agent: string): Secret | undefined | Promise<Secret | undefined>
  /**
   * Whether the operator lets `agent` read the text of the secret.
   *
   * @default no agent may
   */
  mayRead?(name: string, agent: string): boolean
  /** Tells an operator how to set the secret `name`. */
  hint(name: string): string
}
