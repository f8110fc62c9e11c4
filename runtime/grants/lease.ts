/**
 * The end that a grant may have by itself: at a time, after so many uses, or both.
 *
 * @module
 */
import * as z from 'zod/mini'
import { describe } from './describe.ts'
import { countSchema } from './fields.ts'
import type { NarrowFields } from './narrow-fields.ts'

/** Ends a grant by itself: at a time, after so many uses, or both. */
export interface Lease {
  /** In ISO 8601. */
  readonly expires?: string
  /** How often it may be used, by all requests to the agent together, over its versions. */
  readonly maxUses?: number
}

interface LeaseSchemas {
  readonly expires: z.ZodMiniOptional<z.ZodMiniString<string>>
  readonly maxUses: z.ZodMiniOptional<z.ZodMiniNumberFormat>
}

const EXPIRES = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)$/
const EXPIRES_EXPECTED = 'a time such as "2027-01-31T12:00:00Z"'

/** The fields of a lease in `agent.json`. */
export const leaseFields: LeaseSchemas = {
  expires: describe(
    z.optional(
      z.string(EXPIRES_EXPECTED).check(
        z.regex(EXPIRES, { error: EXPIRES_EXPECTED, abort: true }),
        z.refine((text) => !Number.isNaN(Date.parse(text)), EXPIRES_EXPECTED),
      ),
    ),
    'When this grant ends, in ISO 8601. Default: never.',
    '2027-01-31T12:00:00Z',
  ),
  maxUses: describe(
    z.optional(countSchema),
    'How often this grant may be used, by all requests together. Later versions of the agent go on counting, until new capabilities are allowed for one. Default: any number of times.',
  ),
}

/** How a lease becomes less. */
export const LEASE_FIELDS: NarrowFields<Lease> = {
  expires: (value, { expires }) =>
    typeof value === 'string' &&
    Date.parse(value) <= (expires === undefined ? Infinity : Date.parse(expires)),
  maxUses: (value, { maxUses = Infinity }) =>
    typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= maxUses,
}

/** The lease, ended at `now` unless it ended before: that also says when it was revoked. */
export function endNow<Part extends Lease>(part: Part, now: number): Part {
  const { expires } = part
  const isOver = expires !== undefined && Date.parse(expires) < now
  return { ...part, expires: isOver ? expires : new Date(now).toISOString() }
}

/** The lease in words, to follow the name of a grant; empty when the lease has no end. */
export function leaseText({ expires, maxUses }: Lease): string {
  const until = expires === undefined ? '' : ` until ${expires}`
  return maxUses === undefined ? until : `${until}, ${maxUses} times`
}
