/**
 * The waits of one invocation, as it and its host see them.
 *
 * @module
 */
import type { HostCall } from '../link/index.ts'

export interface Waits {
  /** The call, while it rests. */
  readonly call: HostCall | undefined
  /** Nothing of it is on a stack, until `wakes`. */
  begins(call: HostCall): void
  /** There is an event for it. It is in a slot when the promise has settled; at once when there is none. */
  wakes(): Promise<void> | undefined
  /** It waits for the host where it cannot rest: its stack is suspended, until `resumes`. */
  suspends(): void
  resumes(): void
  /**
   * The call has ended, or must: drops what of it is anywhere. Returns whether it rested: then nothing of it is left in
   * its slot, if it had one.
   */
  end(reason: unknown): boolean
}
