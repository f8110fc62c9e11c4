/**
 * Which imports of a component may suspend the guest that calls them.
 *
 * @module
 */
import type { Binding, GrantedCapability } from './bind-imports.ts'

/** The imports, by index, that may have a guest wait. */
export function suspending(
  bindings: readonly Binding[],
  capabilities: readonly GrantedCapability[],
): ReadonlySet<number> {
  const indices = bindings.flatMap((binding, index) => {
    if (binding.kind === 'unused') return []
    if (binding.kind !== 'capability') return [index]
    const suspends = capabilities[binding.index]?.capability.suspends
    return suspends?.includes(binding.name) === false ? [] : [index]
  })
  return new Set(indices)
}
