/**
 * The code of a component: its compiled core modules and its link plan, without any state.
 *
 * All agents with the same component code share one shape. Each slot of the shape can carry the image of any of
 * these agents.
 *
 * @module
 */
import { STACK_BYTES } from '../binary/index.ts'
import type { CompiledPlan } from '../link/index.ts'
import type { CodeOptions, CoreCode } from './code-facts.ts'
import { longLifts } from './long-lifts.ts'

export interface ShapeParts {
  readonly key: string
  readonly plan: CompiledPlan
  readonly codes: readonly CoreCode[]
  readonly suspending: ReadonlySet<number>
  readonly options: CodeOptions
}

export class Shape {
  readonly key: string
  readonly plan: CompiledPlan
  /** By core module. */
  readonly codes: readonly CoreCode[]
  readonly modules: readonly WebAssembly.Module[]
  /** Imports that may return promises. */
  readonly suspending: ReadonlySet<number>
  readonly options: CodeOptions
  /** Whether some module changes a table: then tables are restored, and images stay on their slot. */
  readonly mutatesTables: boolean
  /** Why its slots cannot be stamped. Empty when they can. */
  readonly reasons: readonly string[]
  /** Lifted functions that may compute for long. */
  readonly long: ReadonlySet<number>
  /** Lifted functions that may be suspended, at an import or while they compute. */
  readonly suspendable: ReadonlySet<number>
  /**
   * Stacks of its calls that an instance is charged for from the start, whether or not the platform can suspend any:
   * one for each component inside that has one of these functions.
   */
  readonly stacks: number
  /** Whether every module stops for fuel. Without it only ending the thread stops a loop. */
  readonly metered: boolean

  constructor({ key, plan, codes, suspending, options }: ShapeParts) {
    this.key = key
    this.plan = plan
    this.codes = codes
    this.modules = codes.map(({ module }) => module)
    this.suspending = suspending
    this.options = options
    this.mutatesTables = codes.some(({ mutatesTables }) => mutatesTables)
    this.reasons = codes.flatMap(({ reasons }, index) =>
      reasons.map((reason) => `core module ${index}: ${reason}`),
    )
    this.long = longLifts(
      plan.link,
      codes.map(({ exports }) => exports),
    )
    this.suspendable = new Set([...plan.reachOf(suspending, this.long).lifts, ...this.long])
    const { lifts } = plan.link
    this.stacks = new Set([...this.suspendable].map((index) => lifts[index]?.options.instance)).size
    this.metered = codes.every(({ rewritten }) => rewritten.fuel)
  }

  /** The bytes that `stacks` take of the room. */
  get stackBytes(): number {
    return this.stacks * STACK_BYTES
  }

  get stampable(): boolean {
    return this.reasons.length === 0
  }
}
