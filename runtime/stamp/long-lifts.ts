/**
 * Finds the lifted functions of a component that may compute for long, from the analysis of its core modules.
 *
 * @module
 */
import type { LongExports } from '../binary/index.ts'
import type { CoreReference, LinkPlan } from '../link/index.ts'

/** `exports` has one entry for each module of the plan; `undefined` where nothing could stop the module anyway. */
export function longLifts(
  plan: LinkPlan,
  exports: readonly (LongExports | undefined)[],
): ReadonlySet<number> {
  const instances = plan.steps.filter((step) => step.kind === 'instantiate')
  const verdicts = new Map<number, boolean>()

  function isLong(reference: CoreReference): boolean {
    if (reference.kind === 'trampoline') {
      const trampoline = plan.trampolines[reference.index]
      return trampoline?.kind === 'lower' && trampoline.target.kind === 'lift'
        ? isLongLift(trampoline.target.index)
        : false
    }
    const instance = instances[reference.instance]
    const known = instance && exports[instance.module]
    if (instance === undefined || known === undefined) return false
    if (known.long.includes(reference.name)) return true
    const called = known.calls[reference.name] ?? []
    return called.some(({ module, name }) => {
      const value = instance.imports.find((each) => each.module === module && each.name === name)
      // Of another core module: its code is not followed.
      return value === undefined || value.value.kind === 'export' || isLong(value.value)
    })
  }

  function isLongLift(index: number): boolean {
    const known = verdicts.get(index)
    if (known !== undefined) return known
    // While it is looked at: a cycle would be long.
    verdicts.set(index, true)
    const lift = plan.lifts[index]
    const callback = lift?.options.callback
    const verdict =
      lift !== undefined && (isLong(lift.core) || (callback !== undefined && isLong(callback)))
    verdicts.set(index, verdict)
    return verdict
  }

  return new Set(plan.lifts.keys().filter(isLongLift))
}
