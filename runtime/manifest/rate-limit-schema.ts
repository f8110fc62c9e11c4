/**
 * The schema of `rateLimit` in `agent.json`: how many requests clients may send.
 *
 * @module
 */
import * as z from 'zod/mini'
import { describe, integer } from '../grants/index.ts'
import type { RateLimitSettings } from './manifest.ts'

const MAX_REQUESTS = 100_000 // With the shortest time, as fine as the host counts time
const MIN_PER_MS = 1_000 // `Retry-After` has seconds
const MAX_PER_MS = 86_400_000 // A day

const rateLimitFields = z.strictObject({
  requests: describe(
    integer(1, MAX_REQUESTS, 'a number of requests'),
    'Requests that may come in "perMs". Required.',
    100,
  ),
  perMs: describe(
    integer(MIN_PER_MS, MAX_PER_MS, 'a number of milliseconds'),
    'The time for "requests", in milliseconds, from 1000 to a day. Required.',
    60_000,
  ),
  by: describe(
    z._default(z.enum(['client', 'agent']), 'client'),
    'Whose requests are counted together: those of each client, by its IP address (of IPv6, the first 64 bits), or all of the agent. Default "client".',
  ),
})

export const rateLimitSchema: z.ZodMiniType<RateLimitSettings | undefined> = describe(
  z.optional(rateLimitFields),
  'How many requests clients may send. The host answers further ones itself, with 429 and the time to wait, before they cost the agent anything; files of "assets" count, calls of functions do not. All workers of a host count together. They may come at once; from then on, one more may come each time that perMs / requests has passed. Default: no bound.',
  { requests: 100, perMs: 60_000 },
)
