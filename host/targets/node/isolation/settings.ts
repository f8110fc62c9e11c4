/** What the host tells the process of a group at its start: plain data. @module */

import type { Feature } from '../../../../runtime/manifest/index.ts'

export interface GroupSettings {
  /** For a person who lists processes. */
  readonly group: string
  readonly features: readonly Feature[]
  readonly initialisationMs: number
  /** Agents that are entered plainly until one call outruns its slice. */
  readonly adaptive: readonly string[]
}
