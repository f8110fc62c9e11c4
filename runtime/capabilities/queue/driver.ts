/**
 * The contract of what keeps messages. It knows addresses and bytes, and no grants.
 *
 * A message is in one of three states. It waits, from its first time or the time of its next delivery on. It is leased: no
 * other consumer gets it until the lease has ended, and if nothing was said of it by then, it waits again. Or it is dead.
 *
 * @module
 */

import type { Awaitable } from '../../host-module/index.ts'

/** The agent that handles the messages, and the name that the queue has there. */
export interface QueueAddress {
  readonly agent: string
  readonly queue: string
}

/** A message to keep. */
export interface NewMessage extends QueueAddress {
  /** The agent that sends it. The quota is of its messages in this queue. */
  readonly sender: string
  readonly body: Uint8Array
  readonly contentType: string | undefined
  /** Milliseconds before which it is not leased. */
  readonly delayMs: number
  /** A message of the same sender and key is not kept again while that one's key is remembered. */
  readonly key: string | undefined
}

/** Bounds of what one sender has in one queue. */
export interface QueueQuota {
  /** Messages in any state, and keys that are remembered. */
  readonly maxMessages: number
  /** Of the bodies. */
  readonly maxBytes: number
}

/** `id`: of the message, or of the first one with its key. */
export type SendOutcome =
  { readonly state: 'kept'; readonly id: string } | { readonly state: 'full' }

/** A message and what has happened to it. */
export interface KeptMessage {
  readonly id: string
  readonly sender: string
  /** Milliseconds since 1970. */
  readonly sentAt: number
  readonly contentType: string | undefined
  readonly body: Uint8Array
  /** How often it was leased. */
  readonly attempts: number
  /** How often it was given back. */
  readonly failures: number
  readonly state: 'waiting' | 'leased' | 'dead'
  /** When its state ends: the next delivery, or the end of the lease. Of a dead one when it died. */
  readonly at: number
  /** Why it was given back last. */
  readonly reason: string | undefined
}

/** A message in the hands of a consumer. */
export interface LeasedMessage extends KeptMessage {
  /** Names the lease: it is void once the message was leased again. */
  readonly lease: string
}

/** What a consumer may take. */
export interface LeaseOptions {
  readonly maxMessages: number
  /** Of the bodies together. One message is leased however large it is. */
  readonly maxBytes: number
  readonly leaseMs: number
}

/** What becomes of a leased message. */
export type Settlement = Pick<LeasedMessage, 'id' | 'lease'> &
  (
    | { readonly state: 'done' }
    /** Waits again. With a reason that is one more failure; without one the delivery does not count. */
    | { readonly state: 'again'; readonly delayMs: number; readonly reason: string | undefined }
    | { readonly state: 'dead'; readonly reason: string }
  )

/** A queue in numbers. */
export interface QueueCounts extends QueueAddress {
  readonly waiting: number
  readonly leased: number
  readonly dead: number
  readonly bytes: number
  /** When the oldest message was sent that is not dead. Milliseconds since 1970. */
  readonly oldest: number | undefined
}

/** Keeps messages until they are handled. It must pass `QUEUE_CONFORMANCE`. */
export interface QueueDriver extends AsyncDisposable {
  /** For messages and logs: `sqlite`. */
  readonly name: string
  /** Resolves when the message will not be lost. */
  send(message: NewMessage, quota: QueueQuota): Awaitable<SendOutcome>
  /** Leases messages that wait, those first that have waited longest. */
  lease(from: QueueAddress, options: LeaseOptions): Awaitable<LeasedMessage[]>
  /** Ignores a lease that is void, unless the message is done. */
  settle(from: QueueAddress, settlements: readonly Settlement[]): Awaitable<void>
  /** When the next message can be leased, in milliseconds since 1970; it may be past. Nothing when there is none. */
  nextAt(from: QueueAddress): Awaitable<number | undefined>
  /** Every queue that has a message, sorted by agent and queue. */
  list(): Awaitable<QueueCounts[]>
  /** The messages of a queue in one state, the oldest first. */
  peek(from: QueueAddress, state: KeptMessage['state'], limit: number): Awaitable<KeptMessage[]>
  /** Has dead messages wait, as new ones: those with one of `ids`, or all. Returns how many. */
  revive(from: QueueAddress, ids: readonly string[] | undefined): Awaitable<number>
  /** Drops dead messages in the same way. */
  discard(from: QueueAddress, ids: readonly string[] | undefined): Awaitable<number>
}

/** For how long a key is remembered. As long as a client tries again. */
export const KEY_MS = 300_000
