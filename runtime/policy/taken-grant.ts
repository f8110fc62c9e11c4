/** A grant that an operator has taken, by its meaning. @module */

import type { SomeGrants } from './granted.ts'

/** One grant that was revoked or narrowed. Plain data, for the state of a host. */
export interface TakenGrant {
  /** Where it stood then: `kv.notes`, `http[0]`. */
  readonly place: string
  /** ISO 8601. */
  readonly at: string
  /** The grant as the manifest had it: `{ "kv": { "notes": { "access": "write" } } }`. */
  readonly was: SomeGrants
  /** The fields that it kept. Nothing when it was revoked. */
  readonly narrow?: Readonly<Record<string, unknown>>
  /** Parts of it that were given back since, as the manifest had them then. */
  readonly except?: readonly SomeGrants[]
}
