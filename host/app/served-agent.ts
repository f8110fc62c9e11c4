/** A loaded agent as the data plane serves it. @module */

import type { Agent } from '../../runtime/agents/index.ts'
import type { ServedAgent } from './route-table.ts'

/** Its requests come from outside: the audit log has `http` as their caller. */
export function servedAgent(agent: Agent): ServedAgent {
  const { route, limits } = agent.manifest
  return {
    name: agent.name,
    route,
    requestBodyBytes: limits.requestBodyBytes,
    fetch: (request, { id, signal }) => agent.respond(request, { id, signal, caller: 'http' }),
  }
}
