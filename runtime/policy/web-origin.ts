/**
 * The part of a web origin that an agent has: scheme, host and port, by which browsers keep pages, cookies and settings
 * apart.
 *
 * @module
 */

/** The part of an origin that an agent has. */
export type WebOrigin = SharedOrigin | OwnOrigin

/** Other agents answer at the same origin. */
export interface SharedOrigin {
  readonly state: 'shared'
  /**
   * The folder that is the agent's, without the last slash: `/shop`. Empty when it has all that is left. Nothing when it
   * has one path, which lies in a folder of others.
   */
  readonly folder: string | undefined
  /** Whether the URL of the request lies in that folder. `/shop` itself does not: its folder is `/`. */
  readonly isInside: boolean
}

/** The agent is alone there. */
export interface OwnOrigin {
  readonly state: 'own'
  /** All names of the agent. */
  readonly hosts: readonly string[]
}
