/**
 * One invocation, as the functions of the host see it.
 *
 * @module
 */

import type { Budget, HeldBytes, HostWork } from '../meter/index.ts'
import type { Program } from './program.ts'

/** What one invocation has, may spend and leaves behind. */
export interface InvocationContext {
  readonly agent: string
  /** Digest of the component that runs, `sha256:…`. Absent where no component of an agent does. */
  readonly digest?: string | undefined
  /** The request id: the same in logs, audit and the `x-request-id` header. */
  readonly id: string
  /** Aborted when the invocation ends for any reason: work for it must stop. */
  readonly signal: AbortSignal
  /**
   * Aborted when the guest cancels the call that is being made, or ends without its result. To be read before the
   * function of the host awaits or returns. It is made only where it is read, and is `signal` when the guest waits for
   * the call: then it can do nothing else.
   */
  readonly callSignal: AbortSignal
  /** Runs `cleanup` when the invocation has ended. */
  defer(cleanup: () => void): void
  /**
   * Keeps it from ending before `work` settles, though its guest has ended and its answer was passed on, unless it must
   * stop. `work` must not reject.
   *
   * @default it ends without
   */
  outlast?(work: Promise<void>): void
  /** The budgets of this invocation; it spends from those of its callers as well. */
  readonly budget: Budget
  /** Counts the bytes of bodies that the host holds in memory for it. */
  readonly held: HeldBytes
  /**
   * Makes the guest pay for work of its host beyond passing values, in proportion: bytes that the host reads and does not
   * pass on, entries it looks through.
   *
   * @param amount - number of bytes or times; 1 by default
   */
  work(kind: HostWork, amount?: number): void
  /** Notes the use or denial of a capability, for log and audit. */
  record(event: CapabilityEvent): void
  /**
   * Bytes that its caller handed to it by reference. Must not be changed.
   *
   * @default none
   */
  readonly blobs?: readonly Uint8Array[] | undefined
  /** Makes `content`, which must not change any more, the body of a response that has none. */
  answerWith(content: Uint8Array): void
  /** How many calls of agents by agents may still be under way within it: none at 0. */
  readonly toolDepth: number
  /** How many calls of tools it may have started and not yet taken. */
  readonly toolFanOut: number
  /**
   * Whether streams can pass between its guest and the host.
   *
   * @default true
   */
  readonly passesStreams?: boolean
  /** Arguments and streams of a program; `undefined` when the guest answers a request or a call. */
  readonly program?: Program | undefined
}

/** The use, or the denial, of a capability, for log and audit. */
export interface CapabilityEvent {
  readonly capability: string
  /** The WIT function, such as `get`. */
  readonly action: string
  /** The object of the action: a host, a store. No payload, no secret. */
  readonly target: string
  readonly outcome: 'allowed' | 'denied' | 'limited' | 'failed'
  /** Which line of `capabilities` in agent.json allowed it: `http[0]`, `kv.notes`. Nothing for a denial. */
  readonly rule?: string
  /** For a denial: the exact line that would allow it. Shown to operators, never to guests. */
  readonly hint?: string
  readonly bytesIn?: number
  readonly bytesOut?: number
}
