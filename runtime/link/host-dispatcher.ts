/**
 * The server of a store's imports, as the linker calls it.
 *
 * @module
 */

/**
 * A call of the host that waits: it was not over when the guest gave back control.
 *
 * It rests while nothing of it is on a stack: then it is memory, globals and the data in here. A resting call may move:
 *
 * ```ts
 * call.moveOut() // The instance is free, and is to be reset before its next call
 * instance.moveIn(call) // Any instance of the same plan, not running, with the memory and globals of the other
 * ```
 *
 * Its promise is the same wherever it goes on.
 */
export interface HostCall {
  /** Whether it rests: from `HostDispatcher.rest` until the promise of `HostDispatcher.wake` has settled. */
  readonly resting: boolean
  /** Whether it is in no instance. */
  readonly away: boolean
  /** Why it cannot leave its instance; nothing when it can while it rests. */
  readonly immovable: string | undefined
  /** Whether the guest has returned its result. It may go on after that. */
  readonly returned: boolean
  /**
   * The result, once it has returned.
   *
   * @throws {ComponentError} The function returned the error of its `result`
   */
  value(): unknown
  /**
   * Asks the guest to end: its next event says so (`TASK_CANCELLED`). A resting call wakes for that. The guest may
   * return a result nevertheless, or go on. When it ends without a result, the call ends with `reason`.
   *
   * @returns whether the guest can hear of it: it was lifted with `async`, and has not returned
   */
  requestCancellation(reason: unknown): boolean
  /**
   * Leaves its instance with all that the linker holds for it: handles, sets, pending calls, flags. Only while it rests.
   *
   * @throws {TypeError} It does not rest, or is immovable
   */
  moveOut(): void
  /**
   * Ends with `error`. Pending calls of the host are aborted. Its instance, if it is in one, is free and to be reset.
   * Only while it rests.
   *
   * @throws {TypeError} It does not rest
   */
  drop(error: unknown): void
}

/** Ends the work of the host for one call: an `AbortController`, or what costs less. */
export type Aborter = Pick<AbortController, 'abort'>

/** Makes the signal of one call of an import, when the host asks for it. */
export interface CallSignal {
  /**
   * Aborts when the guest cancels the call, or has ended and so takes no result. To be asked for before the function
   * of the host returns.
   */
  readonly signal: AbortSignal
  /** In place of `signal`: has `aborter` called when that would abort. */
  abortsBy(aborter: Aborter): void
}

/** Serves the imports of a store. Replaced for each invocation, so that a store can serve another agent. */
export interface HostDispatcher {
  /**
   * Calls import `index`. A function that returns a `result` returns its ok value and throws its error: an object with
   * its own `payload`, or any value that is not an `Error`. Every other throw is a failure of the host: it ends the guest
   * and reaches the caller of the export unchanged.
   *
   * @param cancellation - for a call that the guest does not wait for, and may cancel
   */
  call(index: number, values: unknown[], cancellation?: CallSignal): unknown
  /**
   * Called when one component inside is about to call another, and when the guest yields. An error that it throws ends
   * the guest. It exists because these steps cost the host more than the guest pays in fuel.
   */
  admit?(): void
  /**
   * Called when `call` begins to rest. It may move or be dropped from then on, also within this function, until `wake`
   * is called.
   *
   * @default it stays where it is
   */
  rest?(call: HostCall): void
  /**
   * Called once for each rest, when there is an event for `call`, also after it has moved out. It must be in an
   * instance when the promise has settled, and then goes on. A rejection ends the call.
   *
   * @default it goes on at once
   */
  wake?(call: HostCall): Promise<void> | undefined
  /**
   * Called when the guest of `call` has returned its result, has not ended and gives back control. The promise of the
   * call settles when the guest has ended.
   */
  returned?(call: HostCall): void
  /**
   * Called when the guest copies from or to a stream or future of the host, and the host is not ready. `onStack` says that
   * its stack is suspended until then.
   */
  awaits?(onStack: boolean): void
  /** Called when the guest begins to wait, and when it continues: others may run in between. */
  runs?(running: boolean): void
  /**
   * Called when values of so many bytes were passed between the guest and its host, or another guest of the
   * component.
   */
  passed?(bytes: number): void
  /**
   * Copies bytes of a result of the guest. They are in a `list<u8>` of more than 64 KiB.
   *
   * @default into a new array
   */
  copyResult?(bytes: Uint8Array): Uint8Array
  /**
   * Called when an answer of so many bytes has come that the guest has not taken yet, and when the guest gets an error
   * context. Small answers are left out.
   *
   * @default it is kept
   * @throws why it is not: the answer is dropped, and the guest ends with that when it would take it
   */
  holds?(bytes: number): void
  /** Called when the guest has taken an answer that is held, will not take it any more, or drops an error context. */
  gives?(bytes: number): void
  /**
   * Called when the guest dropped the host's `object`.
   *
   * @default calls `object[Symbol.dispose]` when there is one
   */
  drop?(resource: number, object: unknown): void
}
