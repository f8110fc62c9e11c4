/**
 * One thing that a grant allows, for comparing two versions of an agent.
 *
 * @module
 */
import { canonical } from './canonical.ts'
import { leaseText, type Lease } from './lease.ts'

export interface Power {
  /** One line for people. */
  readonly text: string
  /** The subject, which is compared for equality. */
  readonly subject: string
  /** `*.` and a suffix covers every name below it. */
  readonly host: string
  /** `*` at the end covers all below it. */
  readonly path: string
  readonly lease: Lease
}

/** A power that another one covers only if it is the same, for as long. */
export function power(subject: string, lease: Lease = {}): Power {
  return { text: subject + leaseText(lease), subject, host: '', path: '', lease }
}

/** A grant that is compared whole: any change of it counts as a gain. */
export function wholePower(name: string, grant: unknown): Power {
  return power(`${name} ${canonical(grant)}`)
}
