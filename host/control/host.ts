/** The contract between the control plane and its host. @module */

import type { Manifest } from '../../runtime/manifest/index.ts'
import type {
  AgentSummary,
  ApprovalSummary,
  AuditHead,
  ChangeResult,
  DeployResult,
  HostHealth,
} from './contract.ts'

export interface DeployOptions {
  /** Whether it may do more than the version before. */
  readonly allowNew: boolean
}

/** Changes to agents. Each returns `undefined` when there is no agent of that name. */
export interface AgentChanges {
  kill(name: string): Promise<ChangeResult | undefined>
  disable(name: string, disabled: boolean): Promise<ChangeResult | undefined>
  /** @throws {MayflyError} when the request is not understood, or would grant more */
  attenuate(name: string, request: unknown): Promise<ChangeResult | undefined>
  /**
   * Serves a version of an agent in place of the one before, if there is one.
   *
   * @throws {MayflyError} with the reason why it cannot be served; the version before is still served
   */
  deployVersion(
    version: { readonly manifest: Manifest; readonly component: Uint8Array<ArrayBuffer> },
    options: DeployOptions,
  ): Promise<DeployResult>
  /** @throws {MayflyError} also when there is no earlier version */
  rollBack(name: string, options: DeployOptions): Promise<DeployResult | undefined>
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
