/** The use of shared resources by an agent, by the names of the control plane. @module */

import type { AgentStats } from '../../runtime/agents/index.ts'
import type { AgentUse } from './contract.ts'

type Used =
  | 'tenantQueued'
  | 'tenantRefused'
  | 'running'
  | 'queued'
  | 'refused'
  | 'slots'
  | 'slotsWaiting'
  | 'waiting'
  | 'sockets'
  | 'bodies'

export function agentUse(stats: Pick<AgentStats, Used>): AgentUse {
  const {
    running,
    queued,
    refused,
    tenantQueued,
    tenantRefused,
    slots,
    slotsWaiting,
    waiting,
    sockets,
    bodies,
  } = stats
  return {
    running,
    queued,
    refused,
    tenantQueued,
    tenantRefused,
    slots,
    slotsWaiting,
    waiting: waiting.guests,
    waitingBytes: waiting.bytes,
    waitingRefused: waiting.refused,
    sockets: sockets.held,
    socketsWaiting: sockets.waiting,
    socketsRefused: sockets.refused,
    bodyBytes: bodies.held,
    bodiesRefused: bodies.refused,
  }
}
