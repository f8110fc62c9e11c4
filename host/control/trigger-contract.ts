/** The messages of the control plane about schedules and queues: types only, as `contract.ts`. @module */

/** `GET schedules`. Times are in ISO 8601. */
export interface ScheduleList {
  readonly schedules: readonly ScheduleSummary[]
}

/** A schedule of an agent. */
export interface ScheduleSummary {
  readonly agent: string
  readonly cron: string
  readonly timezone: string
  /** Absent when it never comes, or the agent is disabled. */
  readonly nextAt?: string
  readonly isRunning: boolean
  /** Since the host has started. */
  readonly last?: Omit<ScheduleRun, 'agent' | 'cron' | 'timezone'>
}

/** `POST agents/NAME/run`, with `{ "cron": … }` or without. */
export interface ScheduleRun {
  readonly agent: string
  readonly cron: string
  readonly timezone: string
  /** The time that it was for. */
  readonly at: string
  readonly state: 'completed' | 'failed' | 'left out'
  readonly reason?: string
  /** Runs before it that no host has made. */
  readonly missed: number
  readonly tookMs: number
}

/** `GET queues`. */
export interface QueueList {
  readonly queues: readonly QueueSummary[]
}

/** A queue that has messages, or an agent that handles them. */
export interface QueueSummary {
  readonly agent: string
  readonly queue: string
  readonly waiting: number
  /** In the hands of an agent. */
  readonly leased: number
  /** Given up. They are kept. */
  readonly dead: number
  readonly bytes: number
  /** When the oldest message was sent that is not dead. */
  readonly oldest?: string
  /** Whether an agent that is served handles it. */
  readonly isConsumed: boolean
}

/** The state of a message. */
export type MessageState = 'waiting' | 'leased' | 'dead'

/** `GET agents/NAME/queues/QUEUE`, with `?state=dead` and `?limit=10`. */
export interface MessageList {
  readonly messages: readonly MessageSummary[]
}

/** A message of a queue. */
export interface MessageSummary {
  readonly id: string
  readonly sender: string
  readonly sentAt: string
  readonly state: MessageState
  /** When that state ends; of a dead one when it died. */
  readonly at: string
  readonly attempts: number
  readonly failures: number
  readonly reason?: string
  readonly contentType?: string
  readonly bytes: number
  /** The beginning of the body, as a text. */
  readonly preview: string
}

/** `POST agents/NAME/queues/QUEUE/retry` or `/drop`, with `{ "ids": […] }` or, for all that are dead, `{}`. */
export interface QueueChange {
  readonly agent: string
  readonly queue: string
  readonly changed: number
}
