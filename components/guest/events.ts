/** What the methods `scheduled` and `queue` of an agent are given. @module */

/** A run of a schedule. */
export interface ScheduledEvent {
  readonly type: 'scheduled'
  /** As the manifest has it. */
  readonly cron: string
  /** The time that the run is for, in milliseconds since 1970: it may have passed while no host ran. */
  readonly scheduledTime: number
  /** Does nothing: a run that fails is not repeated. */
  noRetry(): void
}

/** A message of a queue. */
export interface Message<Body = unknown> {
  /** The same for each delivery. */
  readonly id: string
  /** When it was sent. */
  readonly timestamp: Date
  /** 1 for the first delivery. */
  readonly attempts: number
  /** A text, bytes, or the value of a JSON text, as it was sent. */
  readonly body: Body
  /** It is handled, whatever becomes of the others. */
  ack(): void
  /** It is delivered again: after the time of the manifest, or after this. */
  retry(options?: RetryOptions): void
}

/** When a message is delivered again. */
export interface RetryOptions {
  /** Seconds, as in Workers. */
  delaySeconds?: number
}

/** Messages of one queue. */
export interface MessageBatch<Body = unknown> {
  readonly queue: string
  readonly messages: readonly Message<Body>[]
  /** All that have no `ack` or `retry` of their own are handled. So they are without a call, unless the method throws. */
  ackAll(): void
  /** All that have no `ack` or `retry` of their own are delivered again. */
  retryAll(options?: RetryOptions): void
}
