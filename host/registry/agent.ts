/** An agent on its way through a host: as it comes, as the host knows it, as it is handed to what serves. @module */

import type { PreparedAgent } from '../../runtime/agents/index.ts'
import type { MayflyError } from '../../runtime/errors/index.ts'
import type { Manifest } from '../../runtime/manifest/index.ts'
import type { AgentUse } from '../control/index.ts'

/** A version of an agent, as an operator gives it to a host. */
export interface AgentBundle {
  readonly manifest: Manifest
  readonly component: Uint8Array<ArrayBuffer>
  /** Of component and manifest: two bundles of one revision are the same agent. */
  readonly revision: string
}

/** The same with what the host knows of it. */
export interface HostedAgent extends AgentBundle {
  readonly disabled: boolean
  /** Uses of grants that have a bound, counted by all that serve: one Int32 each, as `leaseNames` has them. */
  readonly uses: Int32Array<SharedArrayBuffer>
  /** What loading it came to. */
  readonly prepared: PreparedAgent
}

/** An agent as it is handed to what serves, which needs no component; nor what it has of this revision. */
export type AgentToServe = Omit<HostedAgent, 'component' | 'prepared'> &
  Partial<Pick<HostedAgent, 'prepared'>>

/** All agents that are to be served, as they were when the message was sent. */
export interface AgentsToServe {
  readonly agents: readonly AgentToServe[]
  /** How many commands were sent before: later ones change what is in the message. */
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
  readonly active: number
  readonly pauses: number
}
