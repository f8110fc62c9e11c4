/** What the control plane of this host is told. @module */

import {
  AGENT_USES,
  type AgentSummary,
  type AgentUse,
  type HostHealth,
  type HostState,
} from '../../control/index.ts'
import type { AgentLedger } from './agent-ledger.ts'
import type { Fleet } from './fleet.ts'
import type { HostAudit } from './host-audit.ts'
import type { WorkerGroup } from './worker-group.ts'

export interface HostStateParts {
  /** Read when it is asked: there are workers only then. */
  readonly group: () => WorkerGroup
  readonly fleet: Fleet
  readonly ledger: AgentLedger
  readonly trail: HostAudit | undefined
}

const MICROS = 1_000_000

export function hostState({ group, fleet, ledger, trail }: HostStateParts): HostState {
  const startedAt = performance.now()
  return {
    health: () => healthOf(group(), trail, startedAt),
    agents: () => summariesOf(group(), fleet),
    approvals: () => ledger.summaries(),
    auditHeads: () => trail?.heads(),
    resources() {
      const { user, system } = process.cpuUsage()
      return { residentBytes: process.memoryUsage.rss(), cpuSeconds: (user + system) / MICROS }
    },
    change: fleet,
  }
}

function healthOf(
  { ready, size, agents }: WorkerGroup,
  trail: HostAudit | undefined,
  startedAt: number,
): HostHealth {
  const failure = trail?.main.failure
  return {
    status: ready === size && failure === undefined ? 'ok' : 'degraded',
    agents: agents.length,
    workers: { ready, wanted: size },
    uptimeSeconds: Math.round((performance.now() - startedAt) / 1000),
    ...(failure === undefined ? {} : { audit: failure }),
  }
}

async function summariesOf(group: WorkerGroup, fleet: Fleet): Promise<AgentSummary[]> {
  const all = await group.counts()
  return group.agents.map(({ manifest, component, disabled }) => {
    const counts = all.filter(({ name }) => name === manifest.name)
    const sum = (key: 'invocations' | 'failures' | 'active' | 'pauses' | keyof AgentUse): number =>
      counts.reduce((total, count) => total + count[key], 0)
    const uses = Object.fromEntries(AGENT_USES.map((use) => [use, sum(use)]))
    return {
      name: manifest.name,
      route: manifest.route,
      digest: counts[0]?.digest ?? '',
      componentBytes: component.byteLength,
      capabilities: Object.entries(manifest.capabilities)
        .filter(([, grant]) => grant !== false)
        .map(([name]) => name),
      disabled,
      earlier: fleet.earlierVersions(manifest.name),
      invocations: sum('invocations'),
      failures: sum('failures'),
      active: sum('active'),
      // Every name is in the list.
      ...(uses as AgentUse),
      pauses: sum('pauses'),
    }
  })
}
