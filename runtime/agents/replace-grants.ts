/**
 * For hosts that decide on another thread what is left of the grants of an agent.
 *
 * @module
 */
import type { Digest } from '../digest/index.ts'
import type { Capabilities } from '../manifest/index.ts'
import type { Agent } from './agent-interface.ts'
import { LoadedAgent } from './agent.ts'

/**
 * Leaves an agent only what `capabilities` grants, at once. Not checked, as `agent.attenuate` is: the caller has
 * made sure that it is no more than before.
 *
 * @param policy - hash of the grants that are left
 * @throws {TypeError} for an agent of another copy of this package
 */
export function replaceGrants(agent: Agent, capabilities: Capabilities, policy: Digest): void {
  if (!(agent instanceof LoadedAgent)) {
    throw new TypeError(`Cannot replace the grants of agent "${agent.name}": not loaded here`)
  }
  agent.replaceGrants(capabilities, policy)
}
