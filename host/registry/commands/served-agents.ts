/** The agents to serve, with changes by commands meanwhile. @module */

import type { HostedAgent } from '../agent.ts'

/** Returns `agents`, each disabled or not as it is served now: a command may not be in the ledger yet. */
export function withStates(
  agents: readonly HostedAgent[],
  served: readonly HostedAgent[],
): readonly HostedAgent[] {
  return agents.map((agent) => {
    const now = served.find(({ manifest }) => manifest.name === agent.manifest.name)
    const { disabled } = now ?? agent
    return disabled === agent.disabled ? agent : { ...agent, disabled }
  })
}

/** Returns `agents`, with attenuations and disablings since `before`. */
export function withChanges(
  agents: readonly HostedAgent[],
  before: readonly HostedAgent[],
  now: readonly HostedAgent[],
): readonly HostedAgent[] {
  if (before === now) return agents
  return agents.map((agent) => {
    const { name } = agent.manifest
    const old = before.find(({ manifest }) => manifest.name === name)
    const changed = now.find(({ manifest }) => manifest.name === name)
    if (changed === undefined || changed === old) return agent
    return agent === old ? changed : { ...agent, disabled: changed.disabled }
  })
}
