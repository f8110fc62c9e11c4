/**
 * One thing that a grant allows, for comparing two versions of an agent.
 *
 * `subject`, `host` and `path` say what it reaches; the rest says under which conditions. A power that was revoked is
 * found again in another version by what it reaches, whatever its conditions are there.
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
  /** Conditions that are compared for equality, such as headers that the host sets. */
  readonly terms: string
  /** Numbers by the names that people read: a higher one is more power. */
  readonly bounds: Readonly<Record<string, number>>
  readonly lease: Lease
}

/** A power that another one covers only if it has the same subject, for as long, with bounds as high. */
export function power(subject: string, lease: Lease = {}, bounds: Power['bounds'] = {}): Power {
  const text = subject + leaseText(lease)
  return { text, subject, host: '', path: '', terms: '', bounds, lease }
}

/** A grant that is compared whole: any change of it counts as a gain. */
export function wholePower(name: string, grant: unknown): Power {
  return power(`${name} ${canonical(grant)}`)
}
