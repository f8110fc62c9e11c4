/**
 * The use of shared resources by agents, for operators.
 *
 * @module
 */
import type { Shared } from '../host-module/index.ts'
import type { ShareUse } from '../meter/index.ts'
import type { AgentPlaceUse } from './agent-places.ts'
import type { PlaceUse } from './places.ts'
import type { SandboxStats } from './sandbox-parts.ts'
import type { WaitingUse } from './waiting-room.ts'

/** One agent. `running`, `queued` and `refused` are about the places of `limits.concurrency` and of its tenant. */
export interface AgentStats extends SandboxStats, AgentPlaceUse {
  /** Invocations that were begun. */
  readonly invocations: number
  /** Invocations that neither completed nor were abandoned. */
  readonly failures: number
  /** Invocations whose client, or calling agent, left before it had its answer. */
  readonly abandoned: number
  /** Invocations under way: running, queued, or waiting for the body of their request. */
  readonly active: number
  /** Connections to other servers, of all versions of the agent. */
  readonly sockets: ShareUse
  /** Bytes of bodies that the host holds in memory, of all versions of the agent. */
  readonly bodies: ShareUse
}

/** All agents together. */
export interface RuntimeStats extends PlaceUse {
  /** Agents that are loaded, every version counted. */
  readonly agents: number
  /** Invocations that were begun, of agents that are loaded now. */
  readonly invocations: number
  /** Those of them that neither completed nor were abandoned. */
  readonly failures: number
  /** Those of them whose client, or calling agent, left before it had its answer. */
  readonly abandoned: number
  /** Invocations under way. */
  readonly active: number
  /** Slots alive, lent or idle; bytes of their memories; borrowers that wait, and borrowers that were refused. */
  readonly slots: {
    readonly alive: number
    readonly bytes: number
    readonly waiting: number
    readonly refused: number
  }
  /** Guests that wait without a slot. */
  readonly waiting: WaitingUse
  /** Connections to other servers. */
  readonly sockets: ShareUse
  /** Bytes of bodies that the host holds in memory. */
  readonly bodies: ShareUse
}

/** @param agent - one of them; all when there is none */
export function useOf(shared: Iterable<Shared>, agent?: string): ShareUse {
  const uses = [...shared].map((each) => each.use(agent))
  const sum = (of: keyof ShareUse): number => uses.reduce((total, use) => total + use[of], 0)
  return { held: sum('held'), waiting: sum('waiting'), refused: sum('refused') }
}

/** Guests that wait elsewhere. All versions of an agent count as one there. */
export function waitingOf(
  agents: readonly { readonly name: string; stats(): { readonly waiting: WaitingUse } }[],
): WaitingUse {
  const uses = [...new Map(agents.map((agent) => [agent.name, agent.stats().waiting])).values()]
  const sum = (of: keyof WaitingUse): number => uses.reduce((total, use) => total + use[of], 0)
  return { guests: sum('guests'), bytes: sum('bytes'), refused: sum('refused') }
}
