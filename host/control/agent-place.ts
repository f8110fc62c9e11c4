/** Where an agent answers, as the control plane lists it. @module */

import type { Manifest } from '../../runtime/manifest/index.ts'
import type { AgentSummary } from './contract.ts'

/** With `hosts` and without a route, all paths of these are its own. Without both it has no place. */
export function placeOf({
  route,
  hosts = [],
}: Pick<Manifest, 'route' | 'hosts'>): Pick<AgentSummary, 'route' | 'hosts' | 'shared'> {
  return { route: route || '/*', hosts, shared: typeof route === 'string' }
}
