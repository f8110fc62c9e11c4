/** `env.queue` in types. @module */

import type { Granted } from './granted.ts'
import type { KvValue } from './stored-value.ts'

/** How a message is sent. */
export interface SendOptions {
  /** Milliseconds before which it is not delivered, 30 days at most. Without, it is delivered as soon as possible. */
  delayMs?: number
  /** For five minutes a message of this agent with the same key is not kept a second time. */
  key?: string
}

/** A queue that the manifest grants. */
export interface Queue {
  /**
   * Sends a text, bytes, or a value that JSON can say, and resolves with the id of the message once it is kept: with that
   * of the first if there was one of the same key. Rejects with a `CapabilityError`.
   */
  send(body: KvValue, options?: SendOptions): Promise<string>
}

/** The queues of `capabilities.queue`, which `mayfly types` writes. */
export type QueueNames = Granted<'queue', Record<string, true>>

/** The queues of `capabilities.queue`, by name: `AGENT/QUEUE`, or the name alone for one of this agent. */
export interface Queues {
  open(queue: keyof QueueNames & string): Queue
}
