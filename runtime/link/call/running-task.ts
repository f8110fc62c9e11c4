/**
 * The call that runs in a store, as built-ins, waits and the scheduler see it.
 *
 * There are two kinds: `Task` where one runs at a time, which does no more than it must, and `ConcurrentTask`.
 *
 * @module
 */

import type { AbiContext, Codec, FlatValue, InstanceState, Signature } from '../../abi/index.ts'

/** What both kinds have. */
export interface RunningTask {
  /** `context.get` and `context.set`. */
  readonly storage: number[]
  readonly signature: Signature
  /** Whether its stack was suspended. */
  suspended: boolean
  /** Itself, where others may run meanwhile. */
  readonly scheduled: ScheduledTask | undefined
  /** Whether its result is there. */
  readonly returned: boolean
  /** Its result, when the host is the caller; `CANCELLED` when it ended without. */
  readonly value: unknown
  /** `task.return`, with the codec of its result and the context of its options. */
  resolve(codec: Codec | undefined, context: AbiContext, core: readonly FlatValue[]): void
  /** The host, which has called it, asks it to end. Returns whether it can hear of that. */
  requestCancellation(): boolean
  /** Whether a cancellation was requested that it has not heard of: now it has. */
  takeCancellation(): boolean
  /** `task.cancel`: it ends without a value, as its caller asked. */
  cancel(): void
}

/** A task that takes turns with others. */
export interface ScheduledTask extends RunningTask {
  /** The instance it runs in. */
  readonly state: InstanceState
  /** Whether it may wait for others: only functions declared `async` may. */
  readonly mayBlock: boolean
  /** It waits, and others may run. */
  park(): void
  /** Called before its suspended stack continues: resolves when the stack gives control back. */
  control(): Promise<void>
  /** The core function or the callback returned. */
  land(core: unknown): void
}
