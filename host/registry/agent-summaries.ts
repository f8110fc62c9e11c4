/** Each agent as the whole host sees it: the counts of all that serve it, added up. @module */

import { powerTexts } from '../../runtime/policy/index.ts'
import {
  AGENT_USES,
  examplesOf,
  grantedNames,
  placeOf,
  type AgentSummary,
  type AgentUse,
} from '../control/index.ts'
import type { AgentCounts } from './agent.ts'
import type { CommandBus } from './commands/index.ts'

export interface SummaryParts {
  /** How many versions of an agent there are to roll back to. */
  readonly earlier: (name: string) => number
  readonly tenantOf: (name: string) => string | undefined
}

export async function agentSummaries(
  bus: CommandBus,
  { earlier, tenantOf }: SummaryParts,
): Promise<AgentSummary[]> {
  const all = await bus.counts()
  return bus.agents.map(({ manifest, component, disabled, deployedBy }) => {
    const counts = all.filter(({ name }) => name === manifest.name)
    const sum = (key: Exclude<keyof AgentCounts, 'name' | 'digest'>): number =>
      counts.reduce((total, count) => total + count[key], 0)
    const uses = Object.fromEntries(AGENT_USES.map((use) => [use, sum(use)]))
    const tenant = tenantOf(manifest.name)
    return {
      name: manifest.name,
      ...(tenant === undefined ? {} : { tenant }),
      ...placeOf(manifest),
      ...examplesOf(manifest),
      digest: counts[0]?.digest ?? '',
      componentBytes: component.byteLength,
      capabilities: grantedNames(manifest.capabilities),
      powers: powerTexts(manifest.capabilities),
      limits: manifest.limits,
      disabled,
      ...(deployedBy === undefined ? {} : { deployedBy }),
      earlier: earlier(manifest.name),
      invocations: sum('invocations'),
      failures: sum('failures'),
      abandoned: sum('abandoned'),
      active: sum('active'),
      // Every name is in the list.
      ...(uses as AgentUse),
      pauses: sum('pauses'),
    }
  })
}
