/** The grant `capabilities.clock`: how finely an agent sees the time. @module */
import * as z from 'zod/mini'
import { describe, noHostSide, noParts, power, type GrantKind } from '../../grants/index.ts'

const CLOCKS = ['coarse', 'fine', 'fixed'] as const

/**
 * `fixedMs`: milliseconds since 1970 that every request sees.
 *
 * @inline
 */
export type ClockGrant = 'coarse' | 'fine' | { readonly fixedMs: number }

const DEFAULT_FIXED_MS = Date.UTC(2000, 0, 1) // After every epoch in use, and a round number to read

// The objects come first: of two that are off, the message about a key says more than one about the kind.
const clockSchema = z.pipe(
  z.union(
    [
      z.strictObject({
        fixedMs: describe(
          z.int('a number of milliseconds').check(z.gte(0, 'a number of milliseconds')),
          'The time every request sees, in milliseconds since 1970. Required.',
        ),
      }),
      z.enum(CLOCKS),
    ],
    '"coarse", "fine", "fixed" or { "fixedMs": number }',
  ),
  z.transform((clock) => (clock === 'fixed' ? { fixedMs: DEFAULT_FIXED_MS } : clock)),
)

export const clockGrant: GrantKind<ClockGrant, never, never> = {
  schema: () =>
    describe(
      z.prefault(clockSchema, 'coarse'),
      'Resolution of the time: "coarse" (a millisecond) or "fine" (as fine as the host has it, enough for timing attacks). For tests and replay "fixed": every request sees 2000-01-01, or the time given. Default "coarse".',
    ),
  parts: noParts(),
  powers: (clock) => (clock === 'fine' ? [power('clock fine')] : []),
  hostSide: noHostSide(),
  budgets: {},
  bounds: {},
}
