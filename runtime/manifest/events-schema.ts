/**
 * The schema of the fields that have the host call an agent without a request: `schedule` and `consumes`.
 *
 * @module
 */
import * as z from 'zod/mini'
import { describe, integer, name } from '../grants/index.ts'
import { isCron } from './cron.ts'

/** When the host calls `scheduled`. */
export interface Schedule {
  /** Minute, hour, day of the month, month and day of the week. */
  readonly cron: string
  /** Of the IANA database. */
  readonly timezone: string
}

/** How the messages of one queue are handled. */
export interface Consumption {
  /** Most messages of one call. */
  readonly batch: number
  /** Calls at once, in each worker. */
  readonly concurrency: number
  /** Deliveries after the first. */
  readonly retries: number
  /** Milliseconds before the second delivery; twice as many before each further one. */
  readonly backoffMs: number
}

const MAX_SCHEDULES = 32 // More than one agent has reasons for
const MAX_QUEUES = 32 // As above
const MAX_BATCH = 100 // As many messages as are worth one call
const MAX_CONCURRENCY = 64 // Of one worker; each is an invocation
const MAX_RETRIES = 100
const MAX_BACKOFF_MS = 3_600_000 // An hour, which is also the longest that a delay grows to

const CRON_EXPECTED =
  'five fields such as "*/5 * * * *": minute, hour, day of the month, month, day of the week'
const ZONE_EXPECTED = 'a time zone such as "Europe/Berlin"'

export const scheduleSchema: z.ZodMiniOptional<z.ZodMiniType<readonly Schedule[]>> = describe(
  z.optional(
    z
      .array(
        z.strictObject({
          cron: describe(
            z.string(CRON_EXPECTED).check(z.refine(isCron, CRON_EXPECTED)),
            'When, as cron has it: minute, hour, day of the month, month, day of the week. Required.',
            '*/5 * * * *',
          ),
          timezone: describe(
            z._default(z.string(ZONE_EXPECTED).check(z.refine(isZone, ZONE_EXPECTED)), 'UTC'),
            'Time zone of the fields. When its clock goes forward, a time that it leaves out comes at the end of the gap; when it goes back, a time that comes twice counts once, and steps and ranges go on. Default "UTC".',
            'Europe/Berlin',
          ),
        }),
      )
      .check(z.maxLength(MAX_SCHEDULES, `a list of at most ${MAX_SCHEDULES} schedules`)),
  ),
  `When the host calls the method "scheduled" (mayfly:agent/scheduled), at most ${MAX_SCHEDULES} times. One host and one worker make a run. A run that comes while the one before goes on is left out. Runs that were missed while no host ran are made up by one, for the last of them. Default: never.`,
  [{ cron: '*/5 * * * *', timezone: 'Europe/Berlin' }],
)

export const consumesSchema: z.ZodMiniOptional<
  z.ZodMiniType<Readonly<Record<string, Consumption>>>
> = describe(
  z.optional(
    z
      .record(
        name('a queue name such as "orders"'),
        z.strictObject({
          batch: describe(
            z._default(integer(1, MAX_BATCH, 'a number of messages'), 10),
            `Messages of one call, at most ${MAX_BATCH}; together they have at most limits.requestBodyBytes. Default 10.`,
          ),
          concurrency: describe(
            z._default(integer(1, MAX_CONCURRENCY, 'a number of calls'), 1),
            'Calls at once in each worker, for this queue. Default 1.',
          ),
          retries: describe(
            z._default(integer(0, MAX_RETRIES, 'a number of deliveries'), 5),
            'How often a message is delivered again that the agent does not acknowledge. Then it is a dead letter, which is kept: mayfly queue. Default 5.',
          ),
          backoffMs: describe(
            z._default(integer(0, MAX_BACKOFF_MS, 'a number of milliseconds'), 1_000),
            'Milliseconds before a message is delivered a second time, twice as many before a third, up to an hour. Default 1000.',
          ),
        }),
      )
      .check(
        z.refine(
          (queues) => Object.keys(queues).length <= MAX_QUEUES,
          `at most ${MAX_QUEUES} queues`,
        ),
      ),
  ),
  'Queues of this agent, by name: the host calls the method "queue" (mayfly:agent/consumer) with their messages. Agents send with capabilities.queue. A message is delivered at least once. Default: none.',
  { orders: { batch: 20, retries: 3 } },
)

function isZone(text: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: text }).format() !== ''
  } catch {
    return false
  }
}
