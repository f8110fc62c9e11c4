/** The grant `capabilities.random`: random numbers, or the same numbers for every request. @module */
import * as z from 'zod/mini'
import { describe, noHostSide, noParts, power, type GrantKind } from '../../grants/index.ts'

/**
 * `seed`: every request draws the same numbers from it.
 *
 * @inline
 */
export type RandomGrant = boolean | { readonly seed: string }

const DEFAULT_SEED = 'mayfly'

const randomSchema = z.pipe(
  z.union(
    [
      z.strictObject({
        seed: describe(z.string(), 'Any text: the same gives the same numbers. Required.'),
      }),
      z.boolean(),
      z.literal('seeded'),
    ],
    'true, false, "seeded" or { "seed": text }',
  ),
  z.transform((random) => (random === 'seeded' ? { seed: DEFAULT_SEED } : random)),
)

export const randomGrant: GrantKind<RandomGrant, never, never> = {
  schema: () =>
    describe(
      z.prefault(randomSchema, true),
      'Random numbers fit for keys, drawn from the host. For tests and replay "seeded": every request draws the same numbers, which are fit for nothing else. Default on.',
    ),
  parts: noParts(),
  powers: (random) => (random === true ? [power('random')] : []),
  hostSide: noHostSide(),
  budgets: {},
  bounds: {},
}
