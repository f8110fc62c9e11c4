/** The schema of what every grant may have: an end. @module */
import * as z from 'zod/mini'
import { describe } from './describe.ts'

interface LeaseFields {
  readonly expires: z.ZodMiniOptional<z.ZodMiniString<string>>
  readonly maxUses: z.ZodMiniOptional<z.ZodMiniNumberFormat>
}

const COUNT_EXPECTED = 'a number of 1 or more'

export const countSchema: z.ZodMiniNumberFormat = z
  .int(COUNT_EXPECTED)
  .check(z.gte(1, COUNT_EXPECTED))

const EXPIRES = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)$/
const EXPIRES_EXPECTED = 'a time such as "2027-01-31T12:00:00Z"'

export const leaseFields: LeaseFields = {
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
    'How often this grant may be used, by all requests together, of this version of the agent. Default: any number of times.',
  ),
}
