/**
 * A plan compiled to closures: everything that does not differ between two stores of a shape.
 *
 * @module
 */

import { CodecSet, Signature } from '../abi/index.ts'
import { builtin } from './call/builtin.ts'
import type { CompiledContext, CompiledLift } from './compiled.ts'
import { indexExports, type ExportIndex } from './plan/export-index.ts'
import { prepareAbort } from './stack/abort.ts'
import { canSuspend } from './stack/landing.ts'
import { lowered } from './call/lower.ts'
import type {
  CanonicalOptions,
  CoreReference,
  LinkPlan,
  Step,
  Trampoline,
} from './plan/link-plan.ts'
import { findReach, type Reach } from './stack/reach.ts'
import type { StorePlan, TrampolineMaker } from './store.ts'

/** Imports of one core instance, grouped by module name as `WebAssembly.Instance` takes them. */
export type ImportGroups = readonly (readonly [
  module: string,
  members: readonly (readonly [name: string, value: CoreReference])[],
])[]

/**
 * Compiles `plan`. Done once a shape: the result serves any number of instances.
 *
 * @throws {MayflyError} ERR_HOST_UNAVAILABLE where guests could not be stopped
 */
export function compilePlan(plan: LinkPlan): CompiledPlan {
  prepareAbort()
  return new CompiledPlan(plan)
}

/** Serves any number of stores at once: nothing in it changes with a call. */
export class CompiledPlan implements StorePlan {
  readonly link: LinkPlan
  readonly codecs: CodecSet = new CodecSet()
  readonly lifts: readonly CompiledLift[]
  readonly trampolines: readonly TrampolineMaker[]
  /** For each step that instantiates, its imports. */
  readonly imports: readonly ImportGroups[]
  readonly exports: ExportIndex
  /** Whether some component calls another that may run beside it: then a store has several tasks. */
  readonly concurrent: boolean
  readonly #contexts = new Map<string, CompiledContext>()
  readonly #reach = new WeakMap<ReadonlySet<number>, Reach>()

  constructor(plan: LinkPlan) {
    this.link = plan
    this.exports = indexExports(plan.exports)
    this.concurrent = plan.trampolines.some((each) => isConcurrent(plan, each))
    const names = this.exports.liftNames()
    this.lifts = plan.lifts.map((definition, index) => ({
      index,
      name: names.get(index) ?? `function ${index}`,
      signature: new Signature(definition.type, this.codecs),
      definition,
      context: this.context(definition.options),
    }))
    this.trampolines = plan.trampolines.map((trampoline) =>
      trampoline.kind === 'lower' ? lowered(this, trampoline) : builtin(this, trampoline),
    )
    this.imports = plan.steps.map(groupImports)
  }

  context(options: CanonicalOptions): CompiledContext {
    const { instance, encoding, memory, realloc } = options
    const key = JSON.stringify([instance, encoding, memory, realloc])
    let context = this.#contexts.get(key)
    if (context === undefined) {
      context = { index: this.#contexts.size, options }
      this.#contexts.set(key, context)
    }
    return context
  }

  /**
   * Finds all functions that may suspend when the imports in `suspending` and the lifted functions in `long` do. Computed
   * once for each set of imports; `long` is always the same for one set. Without stack switching `long` is ignored.
   */
  reachOf(suspending: ReadonlySet<number>, long: ReadonlySet<number>): Reach {
    let reach = this.#reach.get(suspending)
    if (reach === undefined) {
      reach = findReach(this, suspending, canSuspend() ? long : new Set())
      this.#reach.set(suspending, reach)
    }
    return reach
  }
}

function isConcurrent({ lifts }: LinkPlan, trampoline: Trampoline): boolean {
  if (trampoline.kind !== 'lower' || trampoline.target.kind !== 'lift') return false
  return trampoline.options.async || lifts[trampoline.target.index]?.options.async === true
}

function groupImports(step: Step): ImportGroups {
  if (step.kind !== 'instantiate') return []
  const groups = new Map<string, [string, CoreReference][]>()
  for (const { module, name, value } of step.imports) {
    const group = groups.get(module)
    if (group === undefined) groups.set(module, [[name, value]])
    else group.push([name, value])
  }
  return [...groups]
}
