/** An agent on its way through a host: as it arrives, as the host knows it, as servers of agents get it. @module */

import type { PreparedAgent } from '../../runtime/agents/index.ts'
import type { MayflyError } from '../../runtime/errors/index.ts'
import type { Capabilities, Manifest } from '../../runtime/manifest/index.ts'
import type { AgentUse, Deployer } from '../control/index.ts'
import type { PackedAssets } from '../assets/index.ts'
import type { PackedMap } from '../source-maps/index.ts'
import type { UseCount } from './lease-counts.ts'

/** A version of an agent, as an operator gives it to a host. */
export interface AgentBundle {
  readonly manifest: Manifest
  readonly component: Uint8Array<ArrayBuffer>
  /** Of component, manifest and assets: two bundles of one revision are the same agent. */
  readonly revision: string
  /** Files that it serves beside its answers: a part of the revision. */
  readonly assets?: PackedAssets
  /** Places in its sources, for its stacks. No part of the revision: it changes no action of the agent. */
  readonly sourceMap?: PackedMap
  /** The token that it came with. Absent when the operator served it. */
  readonly deployedBy?: Deployer
}

/** The same, with facts that the host knows about it. */
export interface HostedAgent extends AgentBundle {
  /** All that its `agent.json` grants; `manifest` has what is left of it. */
  readonly granted: Capabilities
  readonly disabled: boolean
  /** Uses of grants that have a bound, counted by all that serve, in the order of `leaseNames`. */
  readonly uses: readonly UseCount[]
  /** The result of loading it. */
  readonly prepared: PreparedAgent
}

/** An agent as its servers get it: without the component, and without parts that a server has of this revision. */
export type AgentToServe = Omit<HostedAgent, 'component' | 'granted' | 'prepared'> &
  Partial<Pick<HostedAgent, 'prepared'>>

/** All agents that are to be served, as they were when the message was sent. */
export interface AgentsToServe {
  readonly agents: readonly AgentToServe[]
  /** Number of commands sent before this message: later commands change its agents. */
  readonly commandsBefore: number
}

/** An agent that may not be served or does not load, and why. */
export interface RefusedAgent {
  /** Its place among the agents that were to be served: two may have one name. */
  readonly index: number
  readonly name: string
  readonly error: MayflyError
}

/** Counts of one agent in one place that serves. */
export interface AgentCounts extends AgentUse {
  readonly name: string
  /** Of the component, `sha256:…`. */
  readonly digest: string
  readonly invocations: number
  readonly failures: number
  readonly abandoned: number
  readonly active: number
  readonly pauses: number
}
