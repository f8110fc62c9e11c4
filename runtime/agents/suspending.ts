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
    if (binding.kind === 'embedder') return [index]
    if (binding.kind === 'request-body') return []
    if (binding.kind === 'response-body') return binding.name === 'write' ? [index] : []
    const { interfaces = [], suspends } = capabilities[binding.index]?.capability ?? {}
    // An interface of the grant's is that of another agent, which may wait for anything.
    if (suspends === undefined || !interfaces.includes(binding.interface)) return [index]
    return suspends.includes(`${binding.interface}#${binding.name}`) ? [index] : []
  })
  return new Set(indices)
}
