/** What the control plane asks its host, and what that answers. @module */

import type { Manifest } from '../../runtime/manifest/index.ts'

/** What an agent has now of what agents share, and how often it was refused some, in the order of the metrics. */
export const AGENT_USES = [
  'running', // Invocations
  'queued', // Invocations that wait for a place among those that run
  'refused', // Invocations that found no place to wait either
  'slots',
  'slotsWaiting', // Invocations that run and wait for a slot
  'sockets', // Connections to other servers
  'socketsWaiting', // Requests to other servers that wait for a connection
  'socketsRefused',
  'bodyBytes', // Bytes of bodies that the host holds in memory
  'bodiesRefused',
] as const

export type AgentUse = Readonly<Record<(typeof AGENT_USES)[number], number>>

/** One agent, as the whole host sees it: the counts of all workers added up. */
export interface AgentSummary extends AgentUse {
  readonly name: string
  readonly route: string
  /** Of the component, `sha256:…`. */
  readonly digest: string
  /** Not known of agents that a program loads itself. */
  readonly componentBytes?: number
  /** What its manifest grants, by name. */
  readonly capabilities: readonly string[]
  /** Whether it refuses requests until it is enabled. */
  readonly disabled: boolean
  /** How many earlier versions it can be rolled back to. */
  readonly earlier: number
  readonly invocations: number
  readonly failures: number
  readonly active: number
  /** How often its guests computed for a slice and let others have their turn. */
  readonly pauses: number
}

export interface HostHealth {
  readonly status: 'ok' | 'degraded'
  readonly agents: number
  readonly workers: { readonly ready: number; readonly wanted: number }
  readonly uptimeSeconds: number
  /** Why no request is recorded now, when the audit log cannot be written. */
  readonly audit?: string
}

/** What came of a change. */
export interface ChangeResult {
  readonly agent: string
  /** Invocations that were stopped. */
  readonly stopped: number
  /** Workers that have carried it out. */
  readonly workers: number
  /** Workers that have not yet, but will before anything else of the agent happens in them. */
  readonly silent: number
  /** Workers that had to be ended. */
  readonly terminated: number
  /** Until the last worker had carried it out. */
  readonly tookMs: number
}

/** A version of an agent that is now served. */
export interface DeployResult {
  readonly agent: string
  /** Digest of the component, `sha256:…`. */
  readonly component: string
  /** Hash of what the manifest grants and bounds, `sha256:…`. */
  readonly policy: string
  /** Whether there was none of that name before. */
  readonly isNew: boolean
  /** What it may do that the version before could not. */
  readonly gained: readonly string[]
  readonly lost: readonly string[]
  /** Until every worker served it. */
  readonly tookMs: number
}

export interface DeployOptions {
  /** Whether it may do more than the version before. */
  readonly allowNew: boolean
}

/** Changes to agents. Each returns nothing when there is no agent of that name. */
export interface AgentChanges {
  kill(name: string): Promise<ChangeResult | undefined>
  disable(name: string, disabled: boolean): Promise<ChangeResult | undefined>
  /** @throws {MayflyError} when the request is not understood, or would grant more */
  attenuate(name: string, request: unknown): Promise<ChangeResult | undefined>
  /**
   * Serves a version of an agent in place of the one before, if there is one.
   *
   * @throws {MayflyError} why it cannot be served; what was served before still is
   */
  deployVersion(
    version: { readonly manifest: Manifest; readonly component: Uint8Array<ArrayBuffer> },
    options: DeployOptions,
  ): Promise<DeployResult>
  /** @throws {MayflyError} also when there is no earlier version */
  rollBack(name: string, options: DeployOptions): Promise<DeployResult | undefined>
}

/** What somebody has approved of an agent, and what is left of it. */
export interface ApprovalSummary {
  readonly agent: string
  readonly component: string
  readonly policy: string
  readonly approvedAt: string
  readonly narrowed: boolean
  readonly disabled: boolean
}

/** How far a chain of the audit log has come. Kept elsewhere, it shows that the log was put back. */
export interface AuditHead {
  readonly file: string
  readonly sequence: number
  readonly hash: string
  readonly signature: string
}

export interface HostState {
  health(): HostHealth
  agents(): Promise<readonly AgentSummary[]>
  approvals(): readonly ApprovalSummary[]
  /** Nothing when nothing is recorded. */
  auditHeads(): readonly AuditHead[] | undefined
  /** Of the process. */
  resources(): { readonly residentBytes: number; readonly cpuSeconds: number }
  readonly change: AgentChanges
}
