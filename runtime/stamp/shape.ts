/**
 * The code of a component: its compiled core modules and its link plan, without any state.
 *
 * Every agent whose component has the same code shares one shape; its slots can carry the image of any of
 * them.
 *
 * @module
 */
import type { CompiledPlan } from '../link/index.ts'
import type { CodeOptions, CoreCode } from './core-code.ts'
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
    this.metered = codes.every(({ rewritten }) => rewritten.fuel)
  }

  get stampable(): boolean {
    return this.reasons.length === 0
  }
}
