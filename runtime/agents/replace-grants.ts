/**
 * For hosts that decide about the grants of an agent on another thread.
 *
 * @module
 */
import type { Digest } from '../digest/index.ts'
import type { Capabilities } from '../manifest/index.ts'
import type { Agent } from './agent-interface.ts'
import { LoadedAgent } from './agent.ts'

/**
 * Leaves an agent only the grants in `capabilities`, at once. Unlike `agent.attenuate` it does not check that they are
 * fewer than before: the caller has done that.
 *
 * @param policy - hash of the remaining grants
 * @throws {TypeError} for an agent of another copy of this package
 */
export function replaceGrants(agent: Agent, capabilities: Capabilities, policy: Digest): void {
  if (!(agent instanceof LoadedAgent)) {
    throw new TypeError(`Cannot replace the grants of agent "${agent.name}": not loaded here`)
  }
  agent.replaceGrants(capabilities, policy)
}
