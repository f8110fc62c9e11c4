/**
 * The tenant that an agent belongs to, by its name.
 *
 * @module
 */
import { matchingPattern } from '../grants/index.ts'
import type { HostPolicy } from './host-policy.ts'

/** The tenant of an agent; `undefined` when it has none, or more than one: no such agent is served. */
export function tenantOf(policy: HostPolicy, agent: string): string | undefined {
  const [tenant, ...more] = tenantsOf(policy, agent)
  return more.length > 0 ? undefined : tenant
}

/** The tenant of an agent and its bound; `undefined` where there is none. */
export function tenantBoundOf(
  policy: HostPolicy,
  agent: string,
): { readonly name: string; readonly concurrency: number } | undefined {
  const name = tenantOf(policy, agent)
  const concurrency = name === undefined ? undefined : policy.tenants?.[name]?.concurrency
  return name === undefined || concurrency === undefined ? undefined : { name, concurrency }
}

/** The tenants that claim an agent. */
export function tenantsOf({ tenants = {} }: HostPolicy, agent: string): string[] {
  return Object.entries(tenants).flatMap(([name, { agents }]) =>
    matchingPattern(agents, agent) === undefined ? [] : [name],
  )
}
