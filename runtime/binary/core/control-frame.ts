/** A block that is open while a function is rewritten. @module */

export interface ControlFrame {
  readonly opcode: number
  /** Number of results. */
  readonly results: number
  /** Number of parameters. */
  readonly params: number
  /** Height of the operand stack below the parameters. */
  readonly height: number
  /** `MarkTracker.time` and `MarkTracker.facts` when it was opened. */
  readonly time: number
  readonly facts: number
  /** `FuelTracker.unpaid` when it was opened. */
  readonly unpaid: number
  /** Labels that were added around it and everything it lies in. */
  readonly added: number
  /** Whether running out of allowance in this loop leads to code outside that takes more and restarts it. */
  readonly restarts: boolean
  /** Whether entering the function was paid for when it was opened. */
  readonly paid: boolean
  /** Whether its beginning can be reached: if not, nothing inside can. */
  readonly reachable: boolean
}

/** The block that label `depth` leads to. */
export function targetOf(frames: readonly ControlFrame[], depth: number): ControlFrame | undefined {
  return frames[frames.length - 1 - depth]
}

/** Returns the new depth of label `depth`: the rewriter added labels in between. */
export function depthOf(frames: readonly ControlFrame[], depth: number): number {
  return depth + (frames.at(-1)?.added ?? 0) - (targetOf(frames, depth)?.added ?? 0)
}
