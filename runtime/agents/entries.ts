/**
 * How calls enter a component, and which of its imports may suspend them.
 *
 * @module
 */
import type { RequestHandler } from '../host-module/index.ts'
import type { LinkPlan } from '../link/index.ts'
import { splitInterface, type Binding, type GrantedCapability } from './bind-imports.ts'

const OWN_HANDLER = 'mayfly:agent/handler'

/** How requests reach a component that exports no handler of ours but one that a capability knows. */
export function handlerOf(
  { exports }: LinkPlan,
  capabilities: readonly GrantedCapability[],
): RequestHandler | undefined {
  const names = new Set(exports.map(({ name }) => splitInterface(name).name))
  if (names.has(OWN_HANDLER)) return undefined
  return capabilities
    .flatMap(({ capability }) => capability.serves ?? [])
    .find((handler) => names.has(handler.export.replace(/#.*/, '')))
}

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
