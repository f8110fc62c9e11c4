/**
 * The server of a store's imports, as the linker calls it.
 *
 * @module
 */

/** Serves the imports of a store. Replaced for each invocation, so that a store can serve another agent. */
export interface HostDispatcher {
  /**
   * Calls import `index`. A function that returns a `result` returns its ok value and throws its error: an object with
   * its own `payload`, or any value that is not an `Error`. Every other throw is a failure of the host: it ends the guest
   * and reaches the caller of the export unchanged.
   */
  call(index: number, values: unknown[]): unknown
  /**
   * Called when one component inside is about to call another, and when the guest yields. An error that it throws ends
   * the guest. It exists because these steps cost the host more than the guest pays in fuel.
   */
  admit?(): void
  /** Called when the guest begins to wait, and when it continues: others may run in between. */
  runs?(running: boolean): void
  /**
   * Called when values of so many bytes were passed between the guest and its host, or another guest of the
   * component.
   */
  passed?(bytes: number): void
  /**
   * Called when the guest dropped the host's `object`.
   *
   * @default calls `object[Symbol.dispose]` when there is one
   */
  drop?(resource: number, object: unknown): void
}
