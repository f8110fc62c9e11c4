/** The grant `capabilities.queue`: queues of agents, to send to. @module */
import * as z from 'zod/mini'
import {
  AGENT_NAME,
  count,
  countSchema,
  describe,
  leasedRecord,
  leaseFields,
  MIB,
  name,
  power,
  quota,
  type GrantKind,
  type Lease,
} from '../../grants/index.ts'

/**
 * A queue that the agent may send to.
 *
 * @inline
 */
export interface QueueEntry extends Lease {
  /** The agent that handles its messages. Absent: this one. */
  readonly agent?: string
  /** Its name there. Absent: the same. */
  readonly queue?: string
  readonly maxMessages?: number
  readonly maxBytes?: number
}

/** The `queue` of a parsed manifest, by the names that the agent uses. */
export type QueueGrant = Readonly<Record<string, QueueEntry>>

/** The same with all that a manifest may leave out. */
export interface FullQueueGrant extends Lease {
  readonly agent: string
  readonly queue: string
  readonly maxMessages: number
  readonly maxBytes: number
}

const DEFAULT_MAX_MESSAGES = 100_000
const DEFAULT_MAX_BYTES = 64 * MIB

const entrySchema = z.strictObject({
  agent: describe(
    z.optional(z.string('the name of an agent').check(z.regex(AGENT_NAME, 'the name of an agent'))),
    'Agent that handles the messages: its agent.json has the queue in "consumes". Default: this agent.',
    'mailer',
  ),
  queue: describe(
    z.optional(name('a queue name such as "orders"')),
    'Name of the queue in that agent. Default: the same.',
    'orders',
  ),
  maxMessages: describe(
    z.optional(countSchema),
    'Messages of this agent that may be in the queue, dead letters and the keys of the last five minutes included. Default 100000.',
  ),
  maxBytes: describe(
    z.optional(countSchema),
    'Bytes that the messages of this agent in the queue may have. Default 64 MiB.',
  ),
  ...leaseFields,
})

export const queueGrant: GrantKind<QueueGrant | undefined, 'queueMessages', never> = {
  schema: () =>
    describe(
      z.optional(z.record(name('a queue name such as "orders"'), entrySchema)),
      'Queues the agent may send to, by the name it calls them. Default: none.',
      { orders: { agent: 'mailer' } },
    ),
  parts: leasedRecord<QueueEntry>({}),
  powers: (queues) =>
    Object.entries(queues).map(([entry, grant]) => {
      const { maxMessages = DEFAULT_MAX_MESSAGES, maxBytes = DEFAULT_MAX_BYTES } = grant
      const { agent, queue = entry, maxMessages: _, maxBytes: __, ...lease } = grant
      const subject = `queue ${queue}${agent === undefined ? '' : ` of agent ${agent}`}`
      return power(subject, lease, {
        [`${subject} maxMessages`]: maxMessages,
        [`${subject} maxBytes`]: maxBytes,
      })
    }),
  hostSide: {
    quotas: {
      queues: 'Most queues that an agent may send to.',
      maxMessages: 'Most messages of an agent that may be in a queue.',
      maxBytes: 'Most bytes that these may have.',
    },
    quotasOf: (queues) => [
      { field: 'queues', path: [], value: Object.keys(queues).length, isDefault: false },
      ...Object.entries(queues).flatMap(
        ([entry, { maxMessages = DEFAULT_MAX_MESSAGES, maxBytes = DEFAULT_MAX_BYTES }]) => [
          quota(entry, 'maxMessages', maxMessages, DEFAULT_MAX_MESSAGES),
          quota(entry, 'maxBytes', maxBytes, DEFAULT_MAX_BYTES),
        ],
      ),
    ],
    // To send to another agent is to call it, only later.
    usesOf: (queues) =>
      Object.entries(queues).flatMap(([entry, { agent }]) =>
        agent === undefined ? [] : [{ list: 'tools', name: agent, path: [entry, 'agent'] }],
      ),
  },
  budgets: {
    queueMessages: describe(
      z._default(count('messages'), 100),
      'Messages one invocation may send, its tools included. Default 100.',
    ),
  },
  bounds: {},
}

/** The queues, with all that the manifest of `agent` leaves out. A map: a name such as `constructor` is in none that does not set it. */
export function readQueueGrant(
  agent: string,
  grant: QueueGrant | undefined,
): ReadonlyMap<string, FullQueueGrant> {
  return new Map(
    Object.entries(grant ?? {}).map(([entry, given]) => [
      entry,
      {
        agent,
        queue: entry,
        maxMessages: DEFAULT_MAX_MESSAGES,
        maxBytes: DEFAULT_MAX_BYTES,
        ...given,
      },
    ]),
  )
}
