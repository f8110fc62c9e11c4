/**
 * Options of rewriting a core module.
 *
 * @module
 */

/** Parts that `rewriteModule` adds to a module and takes out of it. A flag without a `@default` is off. */
export interface RewriteOptions {
  /** Export mutable globals, memories and tables under hidden names. */
  exportState?: boolean
  /**
   * Keep the size of a memory that the guest sees in a global, so that growth can be undone. The memory
   * itself begins empty and mutable globals as zero, so that snapshots of one program have one shape.
   * Needs `exportState` and `stripData`, and charges allocation.
   */
  undoGrowth?: boolean
  /** Mark the pages that are written. */
  marks?: boolean
  /** Pay fuel for execution. */
  fuel?: boolean
  /** Take active data segments and the start function out, to be applied by `initialise`. */
  stripData?: boolean
  /**
   * Memories cannot grow beyond this many pages of 64 KiB.
   *
   * @default 65_536
   */
  maxMemoryPages?: number
  /**
   * Charge allocation to the global `ROOM_GLOBAL`. `undoGrowth` needs it.
   *
   * @default the value of `undoGrowth`
   */
  room?: boolean
}
