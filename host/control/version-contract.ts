/** The messages of the control plane about versions of agents, as JSON. @module */

import type { Deployer } from './contract.ts'

/** What a version is found by: the beginning of either names it. */
export interface VersionName {
  /** Of manifest, component and assets: each version has its own. */
  readonly revision: string
  /** Digest of the component, `sha256:…`. */
  readonly component: string
}

/** A version of an agent that was served, and can be served again. */
export interface VersionSummary extends VersionName {
  /** Hash of what the manifest grants and bounds, `sha256:…`. */
  readonly policy: string
  /** ISO 8601: when it was deployed last. */
  readonly deployedAt: string
  /** `control` for the operator, `token:` and a name for the holder of a token, `start` when the host was started with it. */
  readonly by: string
  /** The token that it came with. Absent when the operator served it. */
  readonly deployedBy?: Deployer
  readonly componentBytes: number
  /** `earlier`: a rollback comes to it. `withdrawn`: it was rolled back, and is served again only by its name. */
  readonly state: 'served' | 'earlier' | 'withdrawn'
  /**
   * Whether it could be served now: it is the version that is approved, or has no power that the agent lacks, or has some
   * and needs approval.
   */
  readonly approval: 'approved' | 'not-needed' | 'needed'
  /** Powers that would need approval. */
  readonly gains: readonly string[]
  /** Powers that its manifest gives, beyond those of every agent. Some may be taken away from the agent. */
  readonly powers: readonly string[]
}

/** `GET agents/NAME/versions`: the newest first. */
export interface VersionList {
  readonly agent: string
  readonly versions: readonly VersionSummary[]
}

/** `GET agents/NAME/diff?from=VERSION&to=VERSION`: what the manifests say, whatever an operator has taken away. */
export interface VersionDiff {
  readonly agent: string
  readonly from: VersionName
  readonly to: VersionName
  /** Powers and limits that `to` has beyond `from`. */
  readonly gained: readonly string[]
  /** Those of `from` that `to` lacks. */
  readonly lost: readonly string[]
  /** Whether both have the same code. */
  readonly sameComponent: boolean
  readonly sameAssets: boolean
}

/** The body of `POST agents/NAME/rollback`. None stands for the version before the served one. */
export interface RollbackRequest {
  /**
   * The beginning of a revision, or of the digest of a component.
   *
   * @default the version before
   */
  readonly to?: string
}
