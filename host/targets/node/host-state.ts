/** The state of this host for its control plane. @module */

import { totalmem } from 'node:os'
import type { HostHealth, HostState } from '../../control/index.ts'
import type { Registry, TokenStore } from '../../registry/index.ts'
import type { HostAudit } from './host-audit.ts'
import type { HostTriggers } from './host-triggers.ts'
import { logControl, type Logger } from './logger.ts'
import type { WorkerGroup } from './worker-group.ts'

export interface HostStateParts {
  /** Read when it is asked: there are workers only then. */
  readonly group: () => WorkerGroup
  readonly registry: Registry
  readonly trail: HostAudit | undefined
  readonly tokens: TokenStore
  readonly logger: Logger
  readonly triggers: HostTriggers
}

const MICROS = 1_000_000

export function hostState({
  group,
  registry,
  trail,
  tokens,
  logger,
  triggers: { schedules, queues },
}: HostStateParts): HostState {
  const startedAt = performance.now()
  return {
    health: () => healthOf(group(), trail, startedAt),
    agents: () => registry.summaries(),
    approvals: () => registry.approvals(),
    auditHeads: () => trail?.heads(),
    workers: () => ({
      workers: group().workers(),
      memory: { residentBytes: process.memoryUsage.rss(), totalBytes: totalBytes() },
    }),
    resources() {
      const { user, system } = process.cpuUsage()
      return { residentBytes: process.memoryUsage.rss(), cpuSeconds: (user + system) / MICROS }
    },
    change: registry,
    checkPolicy: (manifest) => registry.checkPolicy(manifest),
    tokens,
    versions: registry,
    schedules,
    ...(queues === undefined ? {} : { queues }),
    log: (line) => logControl(logger, line),
  }
}

/** What a container is given, where it is less than the machine has. */
function totalBytes(): number {
  const given = process.constrainedMemory()
  return given > 0 ? Math.min(given, totalmem()) : totalmem()
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
